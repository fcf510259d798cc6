"""Stock over HTTP."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from catalog.stock import rules
from contracts.catalog import StockPolicy
from contracts.values import LARGEST_QUANTITY, PositiveQuantity, Quantity, plain

Signed = Annotated[
    str,
    Field(pattern=r"^-?\d{1,6}(\.\d{1,3})?$", examples=["12.5"], description="Decimal string, at most three decimals"),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StockOut(BaseModel):
    """What there is of a variant, in its unit."""

    variant_id: UUID
    policy: StockPolicy
    on_hand: Quantity
    reserved: Annotated[Quantity, Field(description="Promised to orders and clients")]
    available: Annotated[Quantity | None, Field(description="What can still be ordered; null when made on demand")]
    version: int

    @classmethod
    def of(cls, stock: rules.Stock) -> Self:
        return cls(
            variant_id=stock.variant_id,
            policy=stock.policy,
            on_hand=stock.on_hand,
            reserved=min(stock.reserved, LARGEST_QUANTITY - 1),
            available=stock.available,
            version=stock.version,
        )


class NewMovement(_Body):
    """Something came in or went out. A correction says by its sign which way; all others are more than zero."""

    reason: rules.Reason
    quantity: Signed
    note: Annotated[str, Field(max_length=300, examples=["Hail on the lower field"])] = ""


class MovementOut(BaseModel):
    """A movement as it was recorded; what went out is less than zero."""

    id: UUID
    reason: rules.Reason
    quantity: Annotated[str, Field(examples=["-2.5"])]
    note: str
    order_id: UUID | None
    at: datetime


class MovementAnswer(BaseModel):
    movement_id: UUID
    stock: StockOut


class ReservationLine(_Body):
    variant_id: UUID
    quantity: PositiveQuantity


class NewReservation(_Body):
    """All of the lines or nothing. The client's own ``id``, sent again, is the same reservation."""

    id: UUID | None = None
    lines: Annotated[list[ReservationLine], Field(min_length=1, max_length=200)]
    expires_at: Annotated[AwareDatetime | None, Field(description="Released by itself then; soon if not given")] = None


class ReservationOut(BaseModel):
    id: UUID
    state: Literal["held", "kept", "collected", "released", "expired", "refused"]
    expires_at: datetime | None
    lines: list[ReservationLine]

    @classmethod
    def of(cls, reservation: rules.Reservation) -> Self:
        return cls(
            id=reservation.id,
            state=reservation.state,
            expires_at=reservation.expires_at,
            lines=[
                ReservationLine(variant_id=variant, quantity=quantity)
                for variant, quantity in reservation.lines.items()
            ],
        )


def movement_out(row: rules.RecordedMovement, note: str) -> MovementOut:
    return MovementOut(
        id=row.id, reason=row.reason, quantity=plain(row.quantity), note=note, order_id=row.order_id, at=row.at
    )
