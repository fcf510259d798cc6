"""What may be packed for an order, and what is due for it at pickup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from contracts.values import plain
from kit.errors import Conflict, Invalid

#: Clocks of phones differ a little.
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Packable:
    """A line of an order: what was allocated to it, and the most that its hold covers."""

    line_id: UUID
    name: str
    allocated: Decimal | None
    most: Decimal


@dataclass(frozen=True, slots=True)
class Packed:
    """What was packed of a line."""

    line_id: UUID
    quantity: Decimal


def packed_quantities(lines: Sequence[Packable], packed: Sequence[Packed]) -> dict[UUID, Decimal]:
    """What each line's member takes home: what was packed, or where that was not said, what was allocated.

    Raises Conflict while a line has not been received, Invalid with a pointer for what is not in the order, stands
    twice, or is more than the member agreed to.
    """
    missing = next((line for line in lines if line.allocated is None), None)
    if missing is not None:
        raise Conflict("not_received", "{name} has not been received yet", name=missing.name)
    known = {line.line_id: line for line in lines}
    given: dict[UUID, Decimal] = {}
    for index, item in enumerate(packed):
        line = known.get(item.line_id)
        if line is None:
            raise Invalid("line_not_in_order", "This order has no such line", field=f"/lines/{index}/line_id")
        if item.line_id in given:
            raise Invalid("line_twice", "Write each line once", field=f"/lines/{index}/line_id")
        if item.quantity > line.most:
            raise Invalid(
                "packed_too_much",
                "At most {most} of {name} may be packed: what was ordered, its tolerance, and the margin of its weight",
                field=f"/lines/{index}/packed",
                most=plain(line.most),
                name=line.name,
            )
        given[item.line_id] = item.quantity
    return {line.line_id: given.get(line.line_id, line.allocated or Decimal(0)) for line in lines}


def check_past(instants: Mapping[str, datetime | None], now: datetime) -> None:
    """Raises Invalid for a moment that has not come yet."""
    for pointer, instant in instants.items():
        if instant is not None and instant > now + CLOCK_SKEW:
            raise Invalid("in_the_future", "This moment has not come yet", field=pointer)
