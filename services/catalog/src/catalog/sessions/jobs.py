"""What sessions do by the clock."""

from datetime import timedelta

from catalog.sessions.service import attendance, series
from catalog.settings import Settings
from kit.database import Work
from kit.jobs import Job


def jobs(settings: Settings) -> list[Job]:
    """Booking opens and closes at most half a minute late; series are planned ahead; old attendance is closed."""

    async def switch(work: Work) -> None:
        await series.switch(work, settings)

    async def look_ahead(work: Work) -> None:
        await series.look_ahead(work, settings)

    return [
        Job("sessions-open-and-close", timedelta(seconds=30), switch),
        Job("sessions-ahead", timedelta(hours=1), look_ahead),
        Job("sessions-close-attendance", timedelta(hours=6), attendance.close_old),
    ]
