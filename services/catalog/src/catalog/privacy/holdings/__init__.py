"""Where the catalog keeps what is about a member, room by room.

Each module has ``HOLDINGS``, what is told; ``NOBODYS``, its tables without a word about a member, and why; and ``forget``.
"""

from catalog.privacy.holdings import (
    guarantee,
    hubs,
    lots,
    photos,
    prices,
    products,
    recalls,
    seasons,
    sessions,
    wants,
)

ROOMS = (
    products,
    photos,
    prices,
    hubs,
    lots,
    recalls,
    guarantee,
    seasons,
    sessions,
    wants,
)
