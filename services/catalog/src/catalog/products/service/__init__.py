"""Use cases of products: what its doors and the rooms above call."""

from catalog.products.service.editing import (
    change,
    create,
    may_change,
    may_see,
    mine,
    owner,
    publish,
    withdraw,
)
from catalog.products.service.pricing import bring_prices_into_force, set_price, take_back_price
from catalog.products.service.seasons import turn
from catalog.products.service.sessions import keep_sessions, retire_sessions
from catalog.products.service.standing import learn, withhold
from catalog.products.service.storing import Change, store

__all__ = [
    "Change",
    "bring_prices_into_force",
    "change",
    "create",
    "keep_sessions",
    "learn",
    "may_change",
    "may_see",
    "mine",
    "owner",
    "publish",
    "retire_sessions",
    "set_price",
    "store",
    "take_back_price",
    "turn",
    "withdraw",
    "withhold",
]
