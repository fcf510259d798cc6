"""Which lots go into which orders: what keeps the shortest goes first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from catalog.lots.rules.lots import NOTHING, Lot, Take


@dataclass(frozen=True)
class Need:
    """What was packed for a line, and is not known to have come out of a lot yet."""

    line_id: UUID
    cycle_id: UUID
    variant_id: UUID
    quantity: Decimal


def allocate(needs: Sequence[Need], lots: Iterable[Lot]) -> list[Take]:
    """Takes from the lots that were delivered for the same cycle and variant, earliest best-before first, for the needs
    in their order. What no lot is left for is not taken: its origin is unknown, and none is invented."""
    shelves: dict[tuple[UUID | None, UUID | None], list[Lot]] = {}
    for lot in sorted(lots, key=lambda lot: (lot.thing.best_before or date.max, lot.made_in, lot.number)):
        shelves.setdefault((lot.thing.cycle_id, lot.thing.variant_id), []).append(lot)
    left = {lot.id: lot.balance for shelf in shelves.values() for lot in shelf}
    takes = []
    for need in needs:
        wanted = need.quantity
        for lot in shelves.get((need.cycle_id, need.variant_id), []):
            taken = min(wanted, left[lot.id])
            if taken > NOTHING:
                left[lot.id] -= taken
                wanted -= taken
                takes.append(Take(lot, taken, need.line_id))
    return takes
