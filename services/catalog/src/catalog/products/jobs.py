"""What products do by the clock."""

from datetime import timedelta

from catalog.products import service
from catalog.settings import Settings
from kit.jobs import Job

#: A price holds from its date, at most this much later.
PRICES = Job("prices-into-force", timedelta(seconds=30), service.bring_prices_into_force)
#: What comes into season is on offer within a minute of midnight.
SEASONS = Job("seasons-turn", timedelta(minutes=1), service.turn)


def jobs(_settings: Settings) -> list[Job]:
    return [PRICES, SEASONS]
