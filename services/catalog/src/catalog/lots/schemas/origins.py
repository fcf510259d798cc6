"""Where something came from, as anybody or the family that got it may know it."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from catalog.lots.rules import tracing
from catalog.lots.rules.kinds import LotKind
from catalog.lots.rules.tracing import Trace
from catalog.lots.schemas.shown import Text
from catalog.lots.service.tracing import LineOrigin, Shown
from contracts.values import plain


class OriginLot(BaseModel):
    """A lot as anybody who has its code may know it."""

    number: str
    name: str
    producer: str | None
    practices: list[str]
    certificates: list[str]
    place: str
    plot: Annotated[str | None, Field(description="The plot where it grew, if its owner shows it")]
    made_on: date
    harvested_on: date | None
    produced_on: date | None
    best_before: date | None
    kind: Annotated[LotKind | None, Field(description="How it came to be")]
    steps_away: int
    first: bool
    share: Annotated[
        Text | None, Field(description="Per cent of the weight that comes from here; null where it can't be weighed")
    ] = None


class Origin(BaseModel):
    """Where something came from: first the thing itself, then what it was made of, back to the field."""

    complete: bool
    lots: list[OriginLot]


class LineOriginOut(Origin):
    """Where a line of an order came from."""

    order_id: UUID
    line_id: UUID
    variant_id: UUID
    name: str
    packed: Annotated[Text | None, Field(description="What was packed; null while it was not collected")]
    known: Annotated[Text, Field(description="How much of it came out of lots that are noted")]
    unknown: Annotated[Text, Field(description="How much nobody noted a lot of: its origin is not known")]


def origin_lots(trace: Trace, shown: Shown, taken: dict[UUID, Decimal] | None = None) -> list[OriginLot]:
    """The lots of a trace back, the nearest first."""
    away = tracing.depths(trace.starts, trace.steps, "back")
    first = tracing.roots(trace.lots, trace.steps)
    kinds = {flow.lot_id: step.kind for step in trace.steps for flow in step.flows if flow.quantity > 0}
    known = {lot.id: lot for lot in trace.lots}
    starts = taken or {id_: Decimal(1) for id_ in trace.starts if id_ in known}
    carried = tracing.shares(starts, trace.lots, trace.steps)
    whole = sum((known[id_].kg(quantity) or Decimal(0) for id_, quantity in starts.items()), Decimal(0))
    ordered = sorted(trace.lots, key=lambda lot: (away.get(lot.id, 0), lot.number))
    return [
        OriginLot(
            number=lot.number,
            name=lot.thing.name,
            producer=shown.producers.get(lot.thing.producer_id) if lot.thing.producer_id else None,
            practices=shown.practices.get(lot.thing.product_id, []) if lot.thing.product_id else [],
            certificates=list(lot.thing.certificates),
            place=lot.thing.place,
            plot=shown.plots.get(lot.thing.plot_id) if lot.thing.plot_id else None,
            made_on=lot.made_on,
            harvested_on=lot.thing.harvested_on,
            produced_on=lot.thing.produced_on,
            best_before=lot.thing.best_before,
            kind=kinds.get(lot.id),
            steps_away=away.get(lot.id, 0),
            first=lot.id in first,
            share=_percent(carried.get(lot.id), whole),
        )
        for lot in ordered
    ]


def _percent(carried: Decimal | None, whole: Decimal) -> str | None:
    if not carried or not whole:
        return None
    return plain((100 * carried / whole).quantize(Decimal("0.1"), ROUND_HALF_EVEN))


def line_origin_out(found: LineOrigin, shown: Shown) -> LineOriginOut:
    return LineOriginOut(
        complete=found.trace.complete,
        lots=origin_lots(found.trace, shown, dict(found.lots)),
        order_id=found.line.order_id,
        line_id=found.line.line_id,
        variant_id=found.line.variant_id,
        name=found.line.name,
        packed=None if found.line.packed is None else plain(found.line.packed),
        known=plain(sum(found.lots.values(), Decimal(0))),
        unknown=plain(found.unknown),
    )
