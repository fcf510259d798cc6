"""What recalls do by the clock."""

from datetime import timedelta

from catalog.recalls import service
from catalog.settings import Settings
from kit.jobs import Job

#: What was packed of a recalled lot all the same is told at most this much later.
FOLLOW = Job("follow-recalls", timedelta(seconds=30), service.follow)


def jobs(_settings: Settings) -> list[Job]:
    return [FOLLOW]
