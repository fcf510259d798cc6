"""Writing down what happened: the event, the lots that it makes, what it takes and loses, and the stock that follows."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalog.lots.repository import lots as repository
from catalog.lots.rules import lots as rules
from catalog.lots.rules.lots import NOTHING, Happening, Lot
from catalog.stock import service as stock
from catalog.stock.rules import Movement, Reason
from kit.actor import Actor
from kit.database import Work
from kit.errors import Forbidden, NotFound
from kit.settings import Settings


@dataclass(frozen=True)
class Recorded:
    """An event as it was written down, with the numbers of the lots that it made."""

    id: UUID
    seq: int
    numbers: Mapping[UUID, str]


async def locked(work: Work, actor: Actor, lot_ids: Mapping[str, UUID]) -> dict[UUID, Lot]:
    """The lots, locked, that the actor wants to change; by where in the body they were named.

    Raises NotFound for one that is not theirs to see, Forbidden for one that somebody else has by now.
    """
    found = await repository.lock(work, set(lot_ids.values()))
    for field, lot_id in lot_ids.items():
        lot = seen_by(actor, found.get(lot_id), field or None)
        if not may_change(actor, lot):
            raise Forbidden("not_yours", "Somebody else has this lot now", field=field or None)
    return found


def may_change(actor: Actor, lot: Lot) -> bool:
    """Who has it, and the coordinators."""
    return actor.has("coordinator") or (lot.thing.member_id is not None and actor.acts_for(lot.thing.member_id))


def may_see(actor: Actor, lot: Lot) -> bool:
    """Who has it, who made it, and the coordinators."""
    owners = {lot.thing.member_id, lot.thing.producer_id} - {None}
    return actor.has("coordinator") or bool(owners & actor.member_ids)


def seen_by(actor: Actor, lot: Lot | None, field: str | None = None) -> Lot:
    """The lot, for who has it, who made it, and the coordinators; NotFound for others."""
    if lot is not None and may_see(actor, lot):
        return lot
    raise NotFound("lot_not_found", "There is no such lot", field=field)


async def record(work: Work, settings: Settings, what: Happening, user_id: UUID | None) -> Recorded:
    """Writes an event down. Every lot that it takes from is locked already: its place among events is after theirs."""
    seq = await repository.add_event(work, what, user_id)
    numbers: list[str] = []
    if what.makes:
        series = rules.series(settings.number_prefix, work.today)
        last = await repository.next_numbers(work, series, len(what.makes))
        first = last - len(what.makes) + 1
        numbers = [rules.number(series, place) for place in range(first, last + 1)]
        await repository.add_lots(work, seq, what, numbers)
    await repository.add_flows(work, _flows(seq, what))
    await repository.add_losses(work, seq, what)
    return Recorded(what.id, seq, {make.id: number for make, number in zip(what.makes, numbers, strict=True)})


def _flows(seq: int, what: Happening) -> list[dict[str, Any]]:
    def flow(lot_id: UUID, made_in: int, quantity: Decimal, **more: Any) -> dict[str, Any]:
        plain = {"line_id": None, "returns": None, "emptied": False}
        return {
            "event_seq": seq,
            "kind": what.kind,
            "lot_id": lot_id,
            "made_in": made_in,
            "quantity": quantity,
            **plain,
            **more,
        }

    flows = [flow(take.lot.id, take.lot.made_in, -take.quantity, line_id=take.line_id) for take in what.takes]
    flows += [flow(lot.id, lot.made_in, more) for lot, more in what.corrections]
    for make in what.makes:
        if make.returned:
            flows += [
                flow(make.id, seq, back.quantity, returns=back.flow_id, emptied=back.emptied) for back in make.returned
            ]
        else:
            flows.append(flow(make.id, seq, make.quantity))
    return flows


async def follow_with_stock(work: Work, actor: Actor, what: Happening, note: str) -> None:
    """What leaves the shelf or comes onto it changes the stock of its variant by as much.

    Packing does not: what an order takes home is the stock's own movement. Raises Conflict for more than is free.
    """
    moved: dict[UUID, Decimal] = defaultdict(Decimal)
    if what.kind != "packed":
        for take in what.takes:
            if take.lot.thing.stocked and take.lot.thing.variant_id:
                moved[take.lot.thing.variant_id] -= take.quantity
        for make in what.makes:
            if make.thing.stocked and make.thing.variant_id:
                moved[make.thing.variant_id] += make.quantity
        for lot, more in what.corrections:
            if lot.thing.stocked and lot.thing.variant_id:
                moved[lot.thing.variant_id] += more
    for variant_id, quantity in sorted(moved.items()):
        if quantity != NOTHING:
            await stock.move(work, actor, Movement(variant_id, _reason(what, quantity), quantity, note))


def _reason(what: Happening, quantity: Decimal) -> Reason:
    if what.kind == "corrected":
        return "correction"
    if quantity < 0:
        return "loss"
    return "return" if what.kind == "returned" else "harvest"
