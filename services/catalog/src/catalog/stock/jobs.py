"""What stock does by the clock."""

from datetime import timedelta

from catalog.settings import Settings
from catalog.stock import service
from kit.jobs import Job

#: Waits until no event is waiting: a confirmation that is on its way must not find its reservation gone.
EXPIRE = Job("expire-reservations", timedelta(seconds=30), service.expire, only_when_caught_up=True)


def jobs(_settings: Settings) -> list[Job]:
    return [EXPIRE]
