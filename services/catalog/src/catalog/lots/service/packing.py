"""What goes into orders and what comes back of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalog.lots.repository import lines as lines_repository
from catalog.lots.repository import lots as repository
from catalog.lots.rules import lots as rules
from catalog.lots.rules import packing
from catalog.lots.rules.lots import NOTHING, Happening, Make, Return, Take, Thing
from catalog.lots.service.changing import Told
from catalog.lots.service.entering import Description, thing
from catalog.lots.service.recording import Recorded, follow_with_stock, locked, record, seen_by
from contracts.orders import OrderState
from contracts.values import plain
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Invalid
from kit.ids import new_id
from kit.settings import Settings


async def hear(work: Work, orders: Sequence[OrderState]) -> None:
    """The lines of confirmed and collected orders: what may be packed for, and what was."""
    lines = [_line(order, line) for order in orders for line in order.lines]
    await lines_repository.learn(work, lines)
    await lines_repository.drop(work, [order.order_id for order in orders], [line["line_id"] for line in lines])


def _line(order: OrderState, line: Any) -> dict[str, Any]:
    packed = line.packed
    if packed is None and order.status == "collected":
        packed = line.quantity
    return {
        "line_id": line.line_id,
        "order_id": order.order_id,
        "cycle_id": order.cycle_id,
        "member_id": order.member_id,
        "variant_id": line.variant_id,
        "name": line.name,
        "packed": packed,
    }


async def forget(work: Work, order_ids: Sequence[UUID]) -> None:
    """Orders that came to nothing."""
    await lines_repository.drop(work, order_ids, [])


async def collected(work: Work, settings: Settings, orders: Sequence[OrderState]) -> None:
    """What families took home came out of the lots that were delivered for it; what was packed by hand is left alone.

    One event for all that was heard together. Of a line for which no lot is left, the rest stays unknown.
    """
    await hear(work, orders)
    await pack_collected(
        work, settings, {(order.cycle_id, line.variant_id) for order in orders for line in order.lines}
    )


async def pack_collected(work: Work, settings: Settings, keys: Collection[tuple[UUID, UUID]]) -> None:
    """Takes what was collected of these cycles and variants, and came out of no lot yet, out of what was delivered.

    Whichever is heard first, the delivery or the collection: the later of them finds the other.
    """
    needs = await lines_repository.without_lot(work, keys)
    if not needs:
        return
    wanted = {(need.cycle_id, need.variant_id) for need in needs}
    lots = await repository.lock(work, await lines_repository.delivered_for(work, wanted))
    takes = packing.allocate(needs, lots.values())
    if takes:
        await record(work, settings, Happening(new_id(), "packed", work.today, tuple(takes)), None)


async def pack(
    work: Work, actor: Actor, settings: Settings, *, lot_id: UUID, lines: Sequence[tuple[UUID, Decimal]], told: Told
) -> Recorded:
    """Some of a lot goes into orders, as somebody packs them. Raises Invalid for a line of something else."""
    lot = (await locked(work, actor, {"": lot_id}))[lot_id]
    known = await lines_repository.known(work, [line_id for line_id, _ in lines])
    packed = await lines_repository.packed(work, list(known))
    seen: set[UUID] = set()
    for index, (line_id, quantity) in enumerate(lines):
        at = f"/lines/{index}"
        line = known.get(line_id)
        if line is None:
            raise Invalid("line_unknown", "There is no such line of a confirmed order", field=f"{at}/line_id")
        if line_id in seen:
            raise Invalid("line_twice", "Write each line once", field=f"{at}/line_id")
        seen.add(line_id)
        if line.variant_id != lot.thing.variant_id and not lot.thing.container:
            raise Invalid("line_of_another", "This line is of something else", field=f"{at}/line_id")
        rules.check_divisible(lot.thing.unit, quantity, f"{at}/quantity")
        if line.packed is not None and line.variant_id == lot.thing.variant_id:
            left = line.packed - packed.get(line_id, NOTHING)
            if quantity > left:
                raise Conflict(
                    "packed_already",
                    "This order was collected: {left} of it are still without a lot",
                    field=f"{at}/quantity",
                    left=plain(max(left, NOTHING)),
                )
    rules.check_take(lot, sum((quantity for _, quantity in lines), NOTHING), "/lines")
    day = rules.check_day(told.on, work.today, [lot])
    takes = tuple(Take(lot, quantity, line_id) for line_id, quantity in lines)
    what = Happening(new_id(), "packed", day, takes, place=told.place or lot.thing.place, note=told.note)
    return await record(work, settings, what, actor.user_id)


@dataclass(frozen=True)
class GivenBack:
    """What a member brings back: of which line, who, and the empty jar if it is that."""

    quantity: Decimal
    line_id: UUID | None
    member_id: UUID | None
    container: Description | None


async def give_back(
    work: Work, actor: Actor, settings: Settings, *, lot_id: UUID, back: GivenBack, told: Told
) -> Recorded:
    """A member brings back some of what was packed of a lot, or the empty jars that it was in: a new lot.

    The oldest packings first. Raises Conflict for more than is out.
    """
    lot = seen_by(actor, await repository.find(work.connection, lot_id))
    await locked(work, actor, {"": lot_id})
    day = rules.check_day(told.on, work.today, [lot])
    out = await repository.packed_of(work, lot_id, back.line_id, back.member_id)
    wanted, returned = back.quantity, list[Return]()
    emptied = back.container is not None
    for row in out:
        some = min(wanted, row.out)
        if some > NOTHING:
            returned.append(Return(row.id, some, emptied))
            wanted -= some
    if wanted > NOTHING:
        raise Conflict(
            "not_so_much_out",
            "Only {out} of it went out and did not come back",
            field="/quantity",
            out=plain(sum((row.out for row in out), NOTHING)),
        )
    made = await _came_back(work, lot.thing, back)
    made = replace(made, place=told.place if told.place is not None else lot.thing.place)
    rules.check_divisible(made.unit, back.quantity, "/quantity")
    make = Make(new_id(), made, back.quantity, tuple(returned))
    what = Happening(new_id(), "returned", day, makes=(make,), place=made.place, note=told.note)
    recorded = await record(work, settings, what, actor.user_id)
    await follow_with_stock(work, actor, what, lot.number)
    return recorded


async def _came_back(work: Work, thing_packed: Thing, back: GivenBack) -> Thing:
    if back.container is None:
        # Not on the shelf: somebody looks at it first.
        return replace(thing_packed, stocked=False, cycle_id=None, purchase_order_id=None, note="")
    described = replace(back.container, quantity=back.quantity, container=True)
    return await thing(
        work, described, member_id=thing_packed.member_id, producer_id=thing_packed.member_id, at="/container"
    )
