"""What photos do by the clock."""

from datetime import timedelta
from functools import partial

from catalog.photos import service
from catalog.photos.files import opened
from catalog.settings import Settings
from kit.jobs import Job

IDLE = Job("photos-let-go", timedelta(minutes=10), service.let_idle_go)


def jobs(settings: Settings) -> list[Job]:
    files = opened(settings)
    if files is None:
        return [IDLE]
    return [IDLE, Job("photo-files-deleted", timedelta(minutes=1), partial(service.delete_files, files))]
