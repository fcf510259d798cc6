"""The tables of stock, reservations and movements, with the constraints that nobody can oversell past."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Numeric, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

_QUANTITY = Numeric(15, 3)


class Stock(Base):
    """One row a variant: what there is, what of it is promised. Locked before it is changed, in the order of ids."""

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("policy IN ('on_demand', 'tracked')", name="policy"),
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("on_hand >= 0 AND on_hand < 1000000", name="on_hand"),
        CheckConstraint("policy = 'on_demand' OR on_hand >= reserved", name="never_oversold"),
        CheckConstraint("awaited > 0", name="awaited"),
    )

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    policy: Mapped[str] = mapped_column(Text)
    #: True while the product is published with this variant.
    offered: Mapped[bool]
    on_hand: Mapped[Decimal] = mapped_column(_QUANTITY)
    reserved: Mapped[Decimal] = mapped_column(_QUANTITY)
    version: Mapped[int] = mapped_column(BigInteger)
    #: The least that somebody in a waiting list would take: as much is not free for others.
    awaited: Mapped[Decimal | None] = mapped_column(_QUANTITY)


class Movement(Base):
    """What came in or went out, and why. Append-only: a trigger refuses changes; a mistake is corrected by another."""

    __tablename__ = "movements"
    __table_args__ = (
        CheckConstraint("reason IN ('harvest', 'sale', 'loss', 'correction', 'return')", name="reason"),
        CheckConstraint("quantity <> 0", name="quantity"),
        CheckConstraint("reason NOT IN ('harvest', 'return') OR quantity > 0", name="comes_in"),
        CheckConstraint("reason NOT IN ('sale', 'loss') OR quantity < 0", name="goes_out"),
        Index("ix_movements_variant_id", "variant_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("stock.variant_id"))
    reason: Mapped[str] = mapped_column(Text)
    #: Signed: in is more than zero.
    quantity: Mapped[Decimal] = mapped_column(_QUANTITY)
    note: Mapped[str] = mapped_column(Text)
    order_id: Mapped[UUID | None]
    #: The user who recorded it; none where an event did.
    user_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Reservation(Base):
    """What is promised to an order, a booking, or to a client by this id. The one table that every path reserves in."""

    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint("origin IN ('order', 'client', 'booking')", name="origin"),
        CheckConstraint("state IN ('held', 'kept', 'collected', 'released', 'expired', 'refused')", name="state"),
        CheckConstraint("(state = 'held') = (expires_at IS NOT NULL)", name="only_held_expires"),
        Index("ix_reservations_expires_at", "expires_at", postgresql_where=text("state = 'held'")),
    )

    #: The order's id, the booking's or the client's.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ReservedLine(Base):
    """How much of a variant a reservation holds or held."""

    __tablename__ = "reserved_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_reserved_lines_variant_id", "variant_id"),
    )

    reservation_id: Mapped[UUID] = mapped_column(ForeignKey("reservations.id"), primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("stock.variant_id"), primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(_QUANTITY)
