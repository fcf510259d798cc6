"""Keys grow old by the clock, and sessions and guesses are forgotten."""

from datetime import timedelta

from kit.jobs import Job
from members.sessions import service, signing
from members.settings import Settings


def jobs(settings: Settings) -> list[Job]:
    return [
        Job("keys-rotate", timedelta(hours=1), lambda work: signing.rotate_keys(work, settings)),
        Job("sessions-tidy", timedelta(hours=1), service.tidy),
    ]
