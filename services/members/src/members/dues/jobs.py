"""What dues do by the clock."""

from datetime import timedelta

from kit.database import Work
from kit.jobs import Job
from kit.language import texts_of
from members.dues.service import letters, runs
from members.settings import Settings


def jobs(settings: Settings) -> list[Job]:
    """The run, several times a day: what has begun since is billed, the rest is there already. And its letters, in
    rounds, so that a year's invoices don't go out in one transaction."""
    texts = texts_of("members")

    async def run(work: Work) -> None:
        await runs.run(work, settings)

    async def write(work: Work) -> None:
        await letters.write(work, settings, texts)

    return [Job("dues-run", timedelta(hours=3), run), Job("dues-letters", timedelta(minutes=1), write)]
