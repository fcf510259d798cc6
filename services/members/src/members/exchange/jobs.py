"""Requests that nobody answered end by the clock."""

from datetime import timedelta

from kit.jobs import Job
from members.exchange import service
from members.settings import Settings

EXPIRY = Job("payment-requests-expire", timedelta(minutes=10), service.expire)


def jobs(_settings: Settings) -> list[Job]:
    return [EXPIRY]
