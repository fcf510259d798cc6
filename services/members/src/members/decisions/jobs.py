"""What is done with votes by the clock."""

from datetime import timedelta

from kit.jobs import Job
from kit.language import texts_of
from members.decisions.service import counting, letters
from members.settings import Settings


def jobs(settings: Settings) -> list[Job]:
    """Votes open and close within half a minute of their time, or when the first asks."""
    texts = texts_of("members")
    return [
        Job("decisions-follow", timedelta(seconds=30), counting.follow),
        Job("decisions-letters", timedelta(seconds=30), lambda work: letters.write(work, settings, texts)),
    ]
