"""The tables of lots: what happened (events) and what each event took from a lot or put into one (flows).

Events, flows and losses are only ever added; a lot's balance is the sum of its flows, kept by a trigger. A flow carries
the event in which its lot was made: that a lot is only taken from later than it was made is a CHECK, and so no chain of
lots can bite its tail (migration 0010).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import get_args
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base
from catalog.lots.rules.kinds import LossCause, LossName, LotKind, LotUnit
from catalog.products.models import Product, Variant

_QUANTITY = Numeric(15, 3)
_INSTANT = DateTime(timezone=True)


def _one_of(column: str, kind: object) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in get_args(kind)))


class LotSeries(Base):
    """How far the numbers of a series have come: none is given twice."""

    __tablename__ = "lot_series"

    series: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)

    __table_args__ = (CheckConstraint("last > 0", name="last"),)


class Recipe(Base):
    """What is usually made of what, and how much of it."""

    __tablename__ = "lot_recipes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Whose recipe it is; the network's own without one.
    member_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(Text)
    input: Mapped[str] = mapped_column(Text)
    input_unit: Mapped[str] = mapped_column(Text)
    output: Mapped[str] = mapped_column(Text)
    output_unit: Mapped[str] = mapped_column(Text)
    #: Units of output from one unit of input.
    least: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    most: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    note: Mapped[str] = mapped_column(Text)
    retired: Mapped[bool]
    version: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime] = mapped_column(_INSTANT)

    __table_args__ = (
        CheckConstraint("least > 0 AND most >= least", name="range"),
        CheckConstraint(_one_of("input_unit", LotUnit), name="input_unit"),
        CheckConstraint(_one_of("output_unit", LotUnit), name="output_unit"),
        Index("ix_lot_recipes_member_id", "member_id"),
    )


class LotEvent(Base):
    """Something that happened to lots (an economic event or process, as ValueFlows says)."""

    __tablename__ = "lot_events"

    #: In which order things happened: it was given after the lots that are taken from were locked.
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    #: Why something was lost.
    cause: Mapped[str | None] = mapped_column(Text)
    happened_on: Mapped[date] = mapped_column(Date)
    place: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    recipe_id: Mapped[UUID | None] = mapped_column(ForeignKey(Recipe.id))
    #: Units of output from one unit of input, where each side has one unit.
    made_of_one: Mapped[Decimal | None] = mapped_column(Numeric(15, 4))
    recorded_at: Mapped[datetime] = mapped_column(_INSTANT)
    #: The user who recorded it; none where an event of another piece did.
    recorded_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("id"),
        UniqueConstraint("seq", "kind"),
        CheckConstraint(_one_of("kind", LotKind), name="kind"),
        CheckConstraint(f"(kind = 'lost') = (cause IS NOT NULL) AND {_one_of('cause', LossCause)}", name="cause"),
        CheckConstraint("made_of_one >= 0", name="made_of_one"),
        Index("ix_lot_events_recipe_id", "recipe_id", "seq", postgresql_where=text("recipe_id IS NOT NULL")),
    )


class Lot(Base):
    """An amount of one thing with one past. What it is stays as it is; its balance follows from its flows."""

    __tablename__ = "lots"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    made_in: Mapped[int] = mapped_column(ForeignKey(LotEvent.seq))
    #: What its producer calls it.
    code: Mapped[str | None] = mapped_column(Text)
    #: Who has it; none where the network has.
    member_id: Mapped[UUID | None]
    #: Who grew or made it; none where it is of several, or the network's own.
    producer_id: Mapped[UUID | None]
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey(Product.id))
    variant_id: Mapped[UUID | None] = mapped_column(ForeignKey(Variant.id))
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    #: What one unit weighs: 1 for kilos, the density for litres, the weight of one for pieces.
    kg_per_unit: Mapped[Decimal | None] = mapped_column(Numeric(9, 3))
    container: Mapped[bool]
    byproduct: Mapped[bool]
    #: On the shelf: what of it is lost or used up leaves the stock of its variant, too.
    stocked: Mapped[bool]
    balance: Mapped[Decimal] = mapped_column(_QUANTITY)
    place: Mapped[str] = mapped_column(Text)
    plot_id: Mapped[UUID | None]
    harvested_on: Mapped[date | None] = mapped_column(Date)
    produced_on: Mapped[date | None] = mapped_column(Date)
    best_before: Mapped[date | None] = mapped_column(Date)
    #: Codes of the certificates that were valid on the day of harvest or production.
    certificates: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: The order cycle and purchase order that it was delivered for.
    cycle_id: Mapped[UUID | None]
    purchase_order_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime] = mapped_column(_INSTANT)

    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("id", "made_in"),
        CheckConstraint("balance >= 0", name="balance"),
        CheckConstraint(_one_of("unit", LotUnit), name="unit"),
        CheckConstraint(
            "CASE WHEN unit = 'KGM' THEN coalesce(kg_per_unit = 1, false) ELSE kg_per_unit > 0 END", name="kg_per_unit"
        ),
        CheckConstraint("variant_id IS NULL OR product_id IS NOT NULL", name="variant_has_product"),
        CheckConstraint("NOT stocked OR variant_id IS NOT NULL", name="stocked_has_variant"),
        CheckConstraint("(cycle_id IS NULL) = (purchase_order_id IS NULL)", name="delivered_for"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_lots_member_id_id", "member_id", "id"),
        Index("ix_lots_producer_id_id", "producer_id", "id"),
        Index("ix_lots_producer_id_code", "producer_id", "code", postgresql_where=text("code IS NOT NULL")),
        Index("ix_lots_product_id", "product_id"),
        Index("ix_lots_container", "id", postgresql_where=text("container")),
        Index("ix_lots_cycle_id_variant_id", "cycle_id", "variant_id", postgresql_where=text("cycle_id IS NOT NULL")),
        Index("ix_lots_purchase_order_id", "purchase_order_id", postgresql_where=text("purchase_order_id IS NOT NULL")),
    )


class LotLine(Base):
    """A line of an order that lots are packed for, as the orders piece says; `packed` is known once it was collected."""

    __tablename__ = "lot_lines"

    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    cycle_id: Mapped[UUID]
    member_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    packed: Mapped[Decimal | None] = mapped_column(_QUANTITY)

    __table_args__ = (
        CheckConstraint("packed >= 0", name="packed"),
        Index("ix_lot_lines_order_id", "order_id"),
        Index("ix_lot_lines_cycle_id_variant_id", "cycle_id", "variant_id"),
        Index("ix_lot_lines_member_id", "member_id"),
    )


class LotDelivery(Base):
    """What the orders piece said last of a delivered variant, so that what it says next is told from it."""

    __tablename__ = "lot_deliveries"

    purchase_order_id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    supplier_id: Mapped[UUID]
    accepted: Mapped[Decimal] = mapped_column(_QUANTITY)
    #: What the supplier called the lot.
    stated: Mapped[str | None] = mapped_column(Text)
    #: The lot that was made of it, and the producer's that it came out of.
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey(Lot.id))
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey(Lot.id))

    __table_args__ = (
        CheckConstraint("accepted >= 0", name="accepted"),
        Index("ix_lot_deliveries_supplier_id", "supplier_id"),
    )


class LotFlow(Base):
    """What an event took from a lot (less than zero) or put into one."""

    __tablename__ = "lot_flows"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_seq: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    lot_id: Mapped[UUID]
    made_in: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[Decimal] = mapped_column(_QUANTITY)
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey(LotLine.line_id))
    #: What came back of what was packed: the flow that packed it.
    returns: Mapped[int | None] = mapped_column(ForeignKey("lot_flows.id"))
    #: Only what it was packed in came back: the content's past is not the container's.
    emptied: Mapped[bool]

    __table_args__ = (
        ForeignKeyConstraint(["event_seq", "kind"], ["lot_events.seq", "lot_events.kind"]),
        ForeignKeyConstraint(["lot_id", "made_in"], ["lots.id", "lots.made_in"]),
        UniqueConstraint("event_seq", "lot_id", "line_id", "returns", postgresql_nulls_not_distinct=True),
        CheckConstraint("quantity <> 0", name="quantity"),
        # A lot is taken from after it was made, and filled in the event that makes it: no chain bites its tail.
        CheckConstraint(
            "CASE WHEN quantity < 0 OR kind = 'corrected' THEN made_in < event_seq ELSE made_in = event_seq END",
            name="links_run_forward",
        ),
        CheckConstraint(
            "kind NOT IN ('harvested', 'produced', 'received', 'returned') OR quantity > 0", name="comes_in"
        ),
        CheckConstraint("kind NOT IN ('packed', 'lost') OR quantity < 0", name="goes_out"),
        CheckConstraint("(kind = 'packed') = (line_id IS NOT NULL)", name="packed_for_a_line"),
        CheckConstraint("(kind = 'returned') = (returns IS NOT NULL)", name="returns_what_was_packed"),
        CheckConstraint("NOT emptied OR kind = 'returned'", name="emptied"),
        Index("ix_lot_flows_lot_id", "lot_id"),
        Index("ix_lot_flows_line_id", "line_id", postgresql_where=text("line_id IS NOT NULL")),
        Index("ix_lot_flows_returns", "returns", postgresql_where=text("returns IS NOT NULL")),
    )


class LotLoss(Base):
    """What a transformation lost on the way, in kilos: water above all."""

    __tablename__ = "lot_losses"

    event_seq: Mapped[int] = mapped_column(ForeignKey(LotEvent.seq), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    kg: Mapped[Decimal] = mapped_column(Numeric(18, 6))

    __table_args__ = (
        CheckConstraint("kg > 0", name="kg"),
        CheckConstraint(_one_of("name", LossName), name="name"),
    )
