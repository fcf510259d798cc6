"""What becomes of a lot in the hands of who has it: split, merged, delivered, lost, counted anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from catalog.lots.repository import lots as repository
from catalog.lots.rules import lots as rules
from catalog.lots.rules.kinds import LossCause
from catalog.lots.rules.lots import Happening, Make, Take
from catalog.lots.service.recording import Recorded, follow_with_stock, locked, record
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Invalid, PreconditionFailed
from kit.ids import new_id
from kit.settings import Settings


@dataclass(frozen=True)
class Told:
    """What is said of anything that happens: when, where, and a word on it."""

    on: date | None = None
    place: str | None = None
    note: str = ""


async def _recorded(work: Work, actor: Actor, settings: Settings, what: Happening, note: str) -> Recorded:
    recorded = await record(work, settings, what, actor.user_id)
    await follow_with_stock(work, actor, what, note)
    return recorded


async def split(
    work: Work,
    actor: Actor,
    settings: Settings,
    *,
    lot_id: UUID,
    parts: Sequence[tuple[Decimal, str | None]],
    told: Told,
) -> Recorded:
    """Makes several lots of one; what is not named stays in it. Raises Conflict for more than there is."""
    lot = (await locked(work, actor, {"": lot_id}))[lot_id]
    day = rules.check_day(told.on, work.today, [lot])
    taken, makes = rules.split(lot, [(new_id(), quantity, place) for quantity, place in parts])
    what = Happening(
        new_id(), "split", day, (Take(lot, taken),), makes, place=told.place or lot.thing.place, note=told.note
    )
    return await _recorded(work, actor, settings, what, lot.number)


async def merge(
    work: Work, actor: Actor, settings: Settings, *, parts: Sequence[tuple[UUID, Decimal | None]], told: Told
) -> Recorded:
    """Puts lots of one thing together, whole or in part. Raises Invalid if they are not of one thing."""
    takes = await taking(work, actor, parts, "/lots")
    day = rules.check_day(told.on, work.today, [take.lot for take in takes])
    made = rules.merged(takes, told.place)
    whole = sum((take.quantity for take in takes), rules.NOTHING)
    rules.check_divisible(made.unit, whole, "/lots")
    what = Happening(
        new_id(), "merged", day, tuple(takes), (Make(new_id(), made, whole),), place=made.place, note=told.note
    )
    return await _recorded(work, actor, settings, what, takes[0].lot.number)


async def taking(work: Work, actor: Actor, parts: Sequence[tuple[UUID, Decimal | None]], at: str) -> list[Take]:
    """So much out of each of these lots, or all of it. Raises Invalid for a lot named twice, Conflict for too much."""
    ids = [lot_id for lot_id, _ in parts]
    for index, lot_id in enumerate(ids):
        if lot_id in ids[:index]:
            raise Invalid("lot_twice", "Write each lot once", field=f"{at}/{index}/lot_id")
    lots = await locked(work, actor, {f"{at}/{index}/lot_id": lot_id for index, lot_id in enumerate(ids)})
    takes = []
    for index, (lot_id, quantity) in enumerate(parts):
        lot = lots[lot_id]
        if quantity is None and not lot.balance:
            raise Conflict("lot_empty", "Nothing is left of lot {number}", field=f"{at}/{index}", number=lot.number)
        taken = lot.balance if quantity is None else quantity
        rules.check_divisible(lot.thing.unit, taken, f"{at}/{index}/quantity")
        rules.check_take(lot, taken, f"{at}/{index}/quantity")
        takes.append(Take(lot, taken))
    return takes


async def lose(
    work: Work,
    actor: Actor,
    settings: Settings,
    *,
    lot_id: UUID,
    quantity: Decimal | None,
    cause: LossCause,
    told: Told,
) -> Recorded:
    """Some of a lot is no more, or all of it, and why."""
    [take] = await _one(work, actor, lot_id, quantity)
    day = rules.check_day(told.on, work.today, [take.lot])
    what = Happening(
        new_id(), "lost", day, (take,), cause=cause, place=told.place or take.lot.thing.place, note=told.note
    )
    return await _recorded(work, actor, settings, what, take.lot.number)


async def _one(work: Work, actor: Actor, lot_id: UUID, quantity: Decimal | None) -> list[Take]:
    lot = (await locked(work, actor, {"": lot_id}))[lot_id]
    if quantity is None and not lot.balance:
        raise Conflict("lot_empty", "Nothing is left of lot {number}", number=lot.number)
    taken = lot.balance if quantity is None else quantity
    rules.check_divisible(lot.thing.unit, taken, "/quantity")
    rules.check_take(lot, taken, "/quantity")
    return [Take(lot, taken)]


async def correct(
    work: Work, actor: Actor, settings: Settings, *, lot_id: UUID, counted: Decimal, told: Told
) -> Recorded | None:
    """What was counted of a lot counts from now on; None where it is what the books say."""
    lot = (await locked(work, actor, {"": lot_id}))[lot_id]
    rules.check_divisible(lot.thing.unit, counted, "/counted")
    day = rules.check_day(told.on, work.today, [lot])
    if counted == lot.balance:
        return None
    what = Happening(
        new_id(),
        "corrected",
        day,
        corrections=((lot, counted - lot.balance),),
        place=told.place or lot.thing.place,
        note=told.note,
    )
    return await _recorded(work, actor, settings, what, lot.number)


@dataclass(frozen=True)
class Receiver:
    """Who gets a lot: a member, or the network."""

    member_id: UUID | None


async def deliver(
    work: Work,
    actor: Actor,
    settings: Settings,
    *,
    lot_id: UUID,
    quantity: Decimal | None,
    receiver: Receiver | None,
    told: Told,
) -> Recorded:
    """Hands some of a lot over, or brings it to another place: a new lot there, of the same thing.

    What leaves its producer for another member leaves the shelf as well.
    """
    [take] = await _one(work, actor, lot_id, quantity)
    lot = take.lot
    day = rules.check_day(told.on, work.today, [lot])
    there = lot.thing if receiver is None else replace(lot.thing, member_id=receiver.member_id)
    if receiver is not None and receiver.member_id is not None:
        if receiver.member_id not in await repository.names(work.connection, [receiver.member_id]):
            raise Invalid("unknown_member", "There is no such member", field="/member_id")
        there = replace(there, stocked=there.stocked and receiver.member_id == lot.thing.producer_id)
    there = replace(there, place=lot.thing.place if told.place is None else told.place)
    if (there.member_id, there.place) == (lot.thing.member_id, lot.thing.place):
        raise Invalid("goes_nowhere", "Say to whom or to which place it goes", field="/place")
    what = Happening(
        new_id(), "delivered", day, (take,), (Make(new_id(), there, take.quantity),), place=there.place, note=told.note
    )
    return await _recorded(work, actor, settings, what, lot.number)


@dataclass(frozen=True)
class Said:
    """What may be said of a lot later; ``given`` are the names of what is to change."""

    note: str
    best_before: date | None
    code: str | None
    given: frozenset[str]


async def describe(work: Work, actor: Actor, lot_id: UUID, said: Said, *, version: int | None) -> None:
    """Changes what may be said of a lot later. Raises PreconditionFailed where somebody was quicker."""
    lot = (await locked(work, actor, {"": lot_id}))[lot_id]
    if version is not None and version != lot.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    await repository.describe(
        work,
        lot_id,
        note=said.note if "note" in said.given else lot.thing.note,
        best_before=said.best_before if "best_before" in said.given else lot.thing.best_before,
        code=said.code if "code" in said.given else lot.thing.code,
        version=lot.version + 1,
    )
