"""What the fund does by the clock."""

from datetime import timedelta

from kit.database import Work
from kit.jobs import Job
from members.fund.service import reminding
from members.settings import Settings


def jobs(settings: Settings) -> list[Job]:
    """Letters about instalments; which of them are due changes once a day, and one that failed is tried again."""

    async def remind(work: Work) -> None:
        await reminding.remind(work, settings)

    return [Job("loans-remind", timedelta(hours=1), remind)]
