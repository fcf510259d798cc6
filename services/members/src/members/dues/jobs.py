"""What dues do by the clock."""

from datetime import timedelta

from kit.database import Work
from kit.jobs import Job
from members.dues.service import runs
from members.settings import Settings


def jobs(settings: Settings) -> list[Job]:
    """The run, several times a day: what has begun since is billed, the rest is there already."""

    async def run(work: Work) -> None:
        await runs.run(work, settings)

    return [Job("dues-run", timedelta(hours=3), run)]
