"""The run that ends requests which nobody answered."""

from datetime import timedelta

from kit.jobs import Job
from members.exchange import service

EXPIRY = Job("payment-requests-expire", timedelta(minutes=10), service.expire)
