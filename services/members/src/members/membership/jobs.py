"""Standings that the clock changes are told."""

from datetime import timedelta

from kit.jobs import Job
from members.membership import service
from members.settings import Settings


def jobs(_settings: Settings) -> list[Job]:
    return [Job("standing-follows", timedelta(minutes=1), service.follow)]
