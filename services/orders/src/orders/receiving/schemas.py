"""A delivery as JSON."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts.values import Quantity, Value


class DeliveredLine(Value):
    """What came of a variant: accepted and rejected apart, with the reason and the lot."""

    variant_id: UUID
    accepted: Quantity
    rejected: Quantity = Decimal(0)
    reason: Annotated[str, Field(max_length=500)] | None = None
    lot: Annotated[str, Field(max_length=100)] | None = None


class Delivery(Value):
    """What came of a purchase order; a variant sent again corrects what was said of it before."""

    lines: Annotated[list[DeliveredLine], Field(min_length=1, max_length=500)]
