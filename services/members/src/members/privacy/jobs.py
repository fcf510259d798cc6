"""Papers that the law keeps no longer lose the names of those who were erased."""

from datetime import timedelta

from kit.jobs import Job
from members.privacy import service
from members.settings import Settings


def jobs(settings: Settings) -> list[Job]:
    return [Job("papers-forget", timedelta(days=1), lambda work: service.forget_papers(work, settings))]
