"""What expires by the clock."""

from datetime import timedelta

from kit.jobs import Job
from members.holds import service
from members.settings import Settings

EXPIRY = Job("holds-expire", timedelta(seconds=30), service.expire, only_when_caught_up=True)


def jobs(_settings: Settings) -> list[Job]:
    return [EXPIRY]
