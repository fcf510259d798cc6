"""What can be set for this service, beside what every piece reads."""

from pydantic import Field

from kit import settings as kit_settings


class Settings(kit_settings.Settings):
    """Prefix ``TRAMA_`` as everywhere."""

    order_deadline: float = Field(default=30, gt=0, le=600, description="Seconds in which an order must be answered")
    close_wait: float = Field(default=5, ge=0, le=60, description="Seconds that closing waits for orders under way")
    close_every: float = Field(default=5, gt=0, le=3600, description="Seconds between two looks for cycles to close")
    expire_every: float = Field(default=2, gt=0, le=60, description="Seconds between two looks for overdue orders")
