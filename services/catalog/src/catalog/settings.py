"""The catalog's settings, beside those of every piece."""

from datetime import timedelta

from pydantic import Field

import kit.settings


class Settings(kit.settings.Settings):
    reservation_grace: timedelta = Field(
        default=timedelta(minutes=15),
        description="How long past its order's deadline a reservation without a confirmation is kept",
    )
    reservation_lifetime: timedelta = Field(
        default=timedelta(minutes=15), description="How long a client's own reservation is kept if it names no time"
    )
