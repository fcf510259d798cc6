"""What wants do by the clock."""

from datetime import timedelta

from catalog.settings import Settings
from catalog.wants.service import telling, wants
from kit.jobs import Job

#: A letter each time at most; matches of an hour come in one.
TELL = Job("wants-tell", timedelta(hours=1), telling.tell)
EXPIRE = Job("wants-expire", timedelta(hours=1), wants.expire)


def jobs(_settings: Settings) -> list[Job]:
    return [TELL, EXPIRE]
