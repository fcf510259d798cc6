"""What the directory reads from its environment besides the kit's settings."""

from pydantic import Field

from kit import settings


class Settings(settings.Settings):
    """Imports are larger than what other pieces take."""

    max_body: int = Field(default=10_485_760, ge=1_000, description="Largest request body, bytes: an import's file")
