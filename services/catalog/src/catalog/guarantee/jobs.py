"""What the guarantee does by the clock."""

from datetime import timedelta

from catalog.guarantee.service import clock
from catalog.settings import Settings
from kit.jobs import Job


def jobs(settings: Settings) -> list[Job]:
    """A certificate that lapses at midnight is gone from the offers within the first minute of the day."""
    return [
        Job("guarantee-follow", timedelta(seconds=30), lambda work: clock.follow(work, settings)),
        Job("guarantee-chase", timedelta(minutes=10), lambda work: clock.chase(work, settings)),
        Job("guarantee-remind", timedelta(hours=1), clock.remind),
    ]
