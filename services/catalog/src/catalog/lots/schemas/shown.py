"""What is answered about lots."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from catalog.lots.rules import tracing
from catalog.lots.rules.kinds import LossCause, LossName, LotKind, LotUnit
from catalog.lots.rules.lots import Lot
from catalog.lots.rules.tracing import Direction, Step, Trace
from catalog.lots.service.recording import may_see
from catalog.lots.service.tracing import Shown
from catalog.lots.service.transforming import Transformed
from contracts.values import plain
from kit.actor import Actor

Text = Annotated[str, Field(description="Decimal string", examples=["12.5"])]
_GRAM = Decimal("0.001")


def weight(kg: Decimal) -> str:
    """Kilos to the gram."""
    return plain(kg.quantize(_GRAM, ROUND_HALF_EVEN))


class LotOut(BaseModel):
    """A lot as it stands."""

    id: UUID
    number: Annotated[str, Field(examples=["QRO-L-2026-0042"])]
    code: str | None
    name: str
    product_id: UUID | None
    variant_id: UUID | None
    unit: LotUnit
    balance: Annotated[Text, Field(description="What is left, in its unit")]
    kg_per_unit: Text | None
    member_id: Annotated[UUID | None, Field(description="Who has it; null for the network")]
    producer_id: Annotated[UUID | None, Field(description="Who grew or made it; null for several")]
    container: bool
    byproduct: bool
    stocked: Annotated[bool, Field(description="On the shelf: its losses leave the stock, too")]
    place: str
    plot_id: UUID | None
    made_on: Annotated[date, Field(description="The day on which it became this lot")]
    harvested_on: date | None
    produced_on: date | None
    best_before: date | None
    certificates: list[str]
    cycle_id: UUID | None
    purchase_order_id: UUID | None
    note: str
    version: int

    @classmethod
    def of(cls, lot: Lot) -> Self:
        thing = lot.thing
        return cls(
            id=lot.id,
            number=lot.number,
            code=thing.code,
            name=thing.name,
            product_id=thing.product_id,
            variant_id=thing.variant_id,
            unit=thing.unit,
            balance=plain(lot.balance),
            kg_per_unit=None if thing.kg_per_unit is None else plain(thing.kg_per_unit),
            member_id=thing.member_id,
            producer_id=thing.producer_id,
            container=thing.container,
            byproduct=thing.byproduct,
            stocked=thing.stocked,
            place=thing.place,
            plot_id=thing.plot_id,
            made_on=lot.made_on,
            harvested_on=thing.harvested_on,
            produced_on=thing.produced_on,
            best_before=thing.best_before,
            certificates=list(thing.certificates),
            cycle_id=thing.cycle_id,
            purchase_order_id=thing.purchase_order_id,
            note=thing.note,
            version=lot.version,
        )


class EventOut(BaseModel):
    """What was recorded, with the lots that it touched as they are now: first those taken from, then those made."""

    event_id: Annotated[UUID | None, Field(description="Null where nothing had to be noted")]
    lots: list[LotOut]


class MassOut(BaseModel):
    """Kilos before and after a transformation; what went in is what came out and what was lost."""

    taken: Text
    made: Text
    lost: Text


class YieldOut(BaseModel):
    """Units of output from one unit of main input."""

    of_one: Annotated[Text, Field(examples=["0.1125"])]
    input_unit: LotUnit
    output_unit: LotUnit


class UsualOut(BaseModel):
    """What the recipe promises, and what it came to in the last fifty times before this."""

    least: Text
    most: Text
    average: Text | None
    times: int


class WarningOut(BaseModel):
    """Something to look at again; it was recorded all the same."""

    code: str
    message: str


class TransformationOut(BaseModel):
    """A transformation as it was recorded."""

    event_id: UUID
    mass: Annotated[MassOut | None, Field(description="Null where something can't be weighed")]
    not_weighed: Annotated[list[str], Field(description="What nobody said the weight of")]
    made: Annotated[YieldOut | None, Field(description="The yield; null where a side has several units")]
    usual: UsualOut | None
    warnings: list[WarningOut]
    lots: list[LotOut]


def transformation_out(done: Transformed, lots: list[LotOut], warning: str | None) -> TransformationOut:
    mass, usual = done.mass, done.usual
    return TransformationOut(
        event_id=done.id,
        mass=None
        if mass.taken is None or mass.made is None
        else MassOut(taken=weight(mass.taken), made=weight(mass.made), lost=weight(mass.lost)),
        not_weighed=list(mass.unknown),
        made=done.yielded
        and YieldOut(
            of_one=plain(done.yielded.of_one),
            input_unit=done.yielded.input_unit,
            output_unit=done.yielded.output_unit,
        ),
        usual=usual
        and UsualOut(
            least=plain(usual.least),
            most=plain(usual.most),
            average=None if usual.average is None else plain(usual.average),
            times=usual.times,
        ),
        warnings=[WarningOut(code=done.warning.code, message=warning)] if done.warning and warning else [],
        lots=lots,
    )


class RecipeOut(BaseModel):
    """What is usually made of what: units of output from one unit of input."""

    id: UUID
    member_id: UUID | None
    name: str
    input: str
    input_unit: LotUnit
    output: str
    output_unit: LotUnit
    least: Text
    most: Text
    note: str


class FlowOut(BaseModel):
    lot_id: UUID
    quantity: Text
    unit: LotUnit


class LossOut(BaseModel):
    name: LossName
    kg: Text


class StepOut(BaseModel):
    """Something that happened, and which lots of the trace it took from and made."""

    event_id: UUID
    kind: LotKind
    on: date
    place: str
    cause: LossCause | None
    takes: list[FlowOut]
    makes: list[FlowOut]
    losses: list[LossOut]


class TracedLot(BaseModel):
    """A lot on the way."""

    id: UUID
    number: str
    name: str
    unit: LotUnit
    balance: Annotated[Text | None, Field(description="What is left; null for what somebody else has by now")]
    producer_id: UUID | None
    producer: Annotated[str | None, Field(description="Its name, if it offers something here")]
    place: str
    plot_id: UUID | None
    made_on: date
    harvested_on: date | None
    produced_on: date | None
    best_before: date | None
    certificates: list[str]
    container: bool
    steps_away: Annotated[int, Field(description="Events between this and where the trace began")]
    first: Annotated[bool, Field(description="Came from no other lot: a field, a can, a purchase")]


class ReachedOut(BaseModel):
    """A line of an order that got some of it."""

    order_id: Annotated[UUID | None, Field(description="For coordinators")]
    line_id: Annotated[UUID | None, Field(description="For coordinators")]
    member_id: Annotated[UUID | None, Field(description="For coordinators")]
    lot_id: UUID
    variant_id: UUID
    quantity: Text
    unit: LotUnit


class TraceOut(BaseModel):
    """Where a lot came from or went to. Lots and steps are in the order in which they came to be."""

    direction: Direction
    complete: Annotated[bool, Field(description="False where there are more lots than one answer holds")]
    lots: list[TracedLot]
    steps: list[StepOut]
    lines: list[ReachedOut]


def trace_out(trace: Trace, shown: Shown, actor: Actor) -> TraceOut:
    """The trace as this user may see it: who ordered what is for coordinators, what is left for who has or made it."""
    whole = actor.has("coordinator")
    units = {lot.id: lot.thing.unit for lot in trace.lots}
    away = tracing.depths(trace.starts, trace.steps, trace.direction)
    first = tracing.roots(trace.lots, trace.steps)
    return TraceOut(
        direction=trace.direction,
        complete=trace.complete,
        lots=[
            _traced(lot, shown, away.get(lot.id, 0), first=lot.id in first, left=may_see(actor, lot))
            for lot in trace.lots
        ],
        steps=[_step(step, units) for step in trace.steps],
        lines=[
            ReachedOut(
                order_id=line.order_id if whole else None,
                line_id=line.line_id if whole else None,
                member_id=line.member_id if whole else None,
                lot_id=line.lot_id,
                variant_id=line.variant_id,
                quantity=plain(line.quantity),
                unit=line.unit,
            )
            for line in trace.lines
        ],
    )


def _traced(lot: Lot, shown: Shown, away: int, *, first: bool, left: bool) -> TracedLot:
    thing = lot.thing
    return TracedLot(
        id=lot.id,
        number=lot.number,
        name=thing.name,
        unit=thing.unit,
        balance=plain(lot.balance) if left else None,
        producer_id=thing.producer_id,
        producer=shown.producers.get(thing.producer_id) if thing.producer_id else None,
        place=thing.place,
        plot_id=thing.plot_id,
        made_on=lot.made_on,
        harvested_on=thing.harvested_on,
        produced_on=thing.produced_on,
        best_before=thing.best_before,
        certificates=list(thing.certificates),
        container=thing.container,
        steps_away=away,
        first=first,
    )


def _step(step: Step, units: dict[UUID, LotUnit]) -> StepOut:
    def flows(sign: int) -> list[FlowOut]:
        return [
            FlowOut(lot_id=flow.lot_id, quantity=plain(abs(flow.quantity)), unit=units[flow.lot_id])
            for flow in step.flows
            if flow.quantity * sign > 0 and flow.lot_id in units
        ]

    return StepOut(
        event_id=step.id,
        kind=step.kind,
        on=step.on,
        place=step.place,
        cause=step.cause,
        takes=flows(-1),
        makes=flows(1),
        losses=[LossOut(name=name, kg=weight(kg)) for name, kg in sorted(step.losses.items())],
    )


class ContainerOut(BaseModel):
    """Containers of one kind that went out with one member's orders."""

    name: str
    member_id: UUID
    went_out: Text
    came_back: Text
    out: Annotated[Text, Field(description="Still with the member")]
