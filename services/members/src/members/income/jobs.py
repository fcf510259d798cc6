"""What income does by the clock."""

from datetime import timedelta

from kit.database import Work
from kit.jobs import Job
from kit.language import texts_of
from members.income.service import reminders
from members.settings import Settings


def jobs(settings: Settings) -> list[Job]:
    """Letters about deadlines, looked for several times a day."""
    texts = texts_of("members")

    async def write(work: Work) -> None:
        await reminders.write(work, settings, texts)

    return [Job("subsidy-deadlines", timedelta(hours=3), write)]
