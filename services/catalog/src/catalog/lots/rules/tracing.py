"""What a trace finds: lots, the events between them, and how far each is from where it began."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from catalog.lots.rules.kinds import LossCause, LossName, LotKind, LotUnit
from catalog.lots.rules.lots import Lot

Direction = Literal["back", "forward"]
#: Lots that a trace answers with; a longer one says that it is cut short.
MOST_LOTS = 5_000


@dataclass(frozen=True)
class Flow:
    """What an event took from a lot (less than zero) or put into it."""

    lot_id: UUID
    quantity: Decimal
    line_id: UUID | None = None
    #: The lot that was packed, of what came back.
    packed_lot_id: UUID | None = None
    emptied: bool = False


@dataclass(frozen=True)
class Step:
    """An event with its flows, as far as they are of lots in the trace."""

    id: UUID
    seq: int
    kind: LotKind
    on: date
    place: str
    note: str
    cause: LossCause | None
    flows: tuple[Flow, ...]
    losses: Mapping[LossName, Decimal]

    @property
    def links(self) -> Iterable[tuple[UUID, UUID]]:
        """From which lot to which."""
        made = [flow for flow in self.flows if flow.quantity > 0 and self.kind != "corrected"]
        taken = [flow for flow in self.flows if flow.quantity < 0]
        for flow in made:
            if flow.packed_lot_id is not None:
                yield flow.packed_lot_id, flow.lot_id
            for source in taken:
                yield source.lot_id, flow.lot_id


@dataclass(frozen=True)
class Reached:
    """A line of an order that got some of a lot. The quantity is in the variant's unit, as it was packed."""

    order_id: UUID
    line_id: UUID
    member_id: UUID
    variant_id: UUID
    quantity: Decimal
    unit: LotUnit
    lot_id: UUID


@dataclass(frozen=True)
class Trace:
    """Where a lot came from, or went to. ``steps`` are in the order in which things happened."""

    direction: Direction
    starts: tuple[UUID, ...]
    lots: tuple[Lot, ...]
    steps: tuple[Step, ...]
    lines: tuple[Reached, ...]
    complete: bool


def depths(starts: Sequence[UUID], steps: Sequence[Step], direction: Direction) -> dict[UUID, int]:
    """How many events each lot is away from the start, at the most. Steps are in the order of happening."""
    found = dict.fromkeys(starts, 0)
    for step in steps if direction == "forward" else reversed(steps):
        for source, target in step.links:
            near, far = (source, target) if direction == "forward" else (target, source)
            if near in found:
                found[far] = max(found.get(far, 0), found[near] + 1)
    return found


def roots(lots: Iterable[Lot], steps: Iterable[Step]) -> set[UUID]:
    """Lots that came from no other: the fields, the cans, what was bought."""
    fed = {target for step in steps for _, target in step.links}
    return {lot.id for lot in lots} - fed


def shares(starts: Mapping[UUID, Decimal], lots: Sequence[Lot], steps: Sequence[Step]) -> dict[UUID, Decimal]:
    """How much of the starts' kilos each lot back in the chain stands for, in proportion to weight at each event.

    Lots that can't be weighed, and what is made of them, stand for nothing: it is told, not guessed. Steps are in the
    order of happening and of a trace back.
    """
    known = {lot.id: lot for lot in lots}
    carried: dict[UUID, Decimal] = defaultdict(Decimal)
    for lot_id, quantity in starts.items():
        carried[lot_id] += known[lot_id].kg(quantity) or Decimal(0)
    for step in reversed(steps):
        sources: dict[UUID, Decimal] = defaultdict(Decimal)
        for flow in step.flows:
            if flow.quantity < 0 and flow.lot_id in known:
                sources[flow.lot_id] += known[flow.lot_id].kg(-flow.quantity) or Decimal(0)
            if flow.packed_lot_id is not None and flow.packed_lot_id in known:
                sources[flow.packed_lot_id] += known[flow.packed_lot_id].kg(flow.quantity) or Decimal(0)
        whole = sum(sources.values(), Decimal(0))
        made = sum(
            (carried[flow.lot_id] for flow in step.flows if flow.quantity > 0 and flow.lot_id in carried), Decimal(0)
        )
        if whole and made and step.kind != "corrected":
            for lot_id, kg in sources.items():
                carried[lot_id] += made * kg / whole
    return dict(carried)
