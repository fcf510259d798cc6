"""Every statement of this room but the reads for people, which are in ``views``."""

from catalog.products.repository.practices import set_withheld, withheld
from catalog.products.repository.prices import PriceEntry, add_prices, drop_pending, due_prices, prices, settle_prices
from catalog.products.repository.products import (
    load,
    load_of_members,
    lock_members,
    owner_of_variant,
    owners,
    products_of,
    read,
    save,
)
from catalog.products.repository.seasons import due as due_seasons
from catalog.products.repository.words import add_words

__all__ = [
    "PriceEntry",
    "add_prices",
    "add_words",
    "drop_pending",
    "due_prices",
    "due_seasons",
    "load",
    "load_of_members",
    "lock_members",
    "owner_of_variant",
    "owners",
    "prices",
    "products_of",
    "read",
    "save",
    "set_withheld",
    "settle_prices",
    "withheld",
]
