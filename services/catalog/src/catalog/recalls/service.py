"""Recalling lots: whom it reaches is found by the trace, told, and looked for again while the recall is open."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.lots.repository.lots import find, next_numbers
from catalog.lots.rules.lots import Lot
from catalog.lots.service import Reached, forward, reached_lots
from catalog.recalls import events, repository, rules
from catalog.recalls.rules import Recall
from contracts.recalls import RecallClosed, RecallIssued, RecallSeverity
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from kit.ids import new_id
from kit.settings import Settings

#: Lots that a public recall names; beyond that people ask.
MOST_GOODS = 2_000
#: No transaction takes so long.
SETTLED = timedelta(minutes=1)


@dataclass(frozen=True)
class Wish:
    """What somebody wants to have back, and why."""

    lots: Sequence[UUID | str]
    severity: RecallSeverity
    reason: str
    advice: str


@dataclass(frozen=True)
class Reach:
    """Whom a recall would reach, and what of it is still here."""

    lots: list[Lot]
    lines: list[Reached]


async def _named(connection: AsyncConnection, actor: Actor, keys: Sequence[UUID | str]) -> list[Lot]:
    """The lots with these ids or numbers. Raises Invalid for one that the actor may not know of, Forbidden for one that
    is another's to recall."""
    found: list[Lot] = []
    for place, key in enumerate(keys):
        lot = await find(connection, key)
        mine = lot is not None and any(
            actor.acts_for(id_) for id_ in (lot.thing.member_id, lot.thing.producer_id) if id_
        )
        if lot is None or not (mine or actor.has("coordinator")):
            raise Invalid("unknown_lot", "There is no such lot", field=f"/lots/{place}")
        if not actor.has("coordinator") and not (lot.thing.producer_id and actor.acts_for(lot.thing.producer_id)):
            raise Forbidden("not_yours", "Who made a lot recalls it, or a coordinator", field=f"/lots/{place}")
        if any(lot.id == other.id for other in found):
            raise Invalid("repeated", "Named twice", field=f"/lots/{place}")
        found.append(lot)
    return found


async def _reach(connection: AsyncConnection, lot_ids: Collection[UUID]) -> Reach:
    return Reach(await reached_lots(connection, lot_ids), await forward(connection, lot_ids))


async def look(connection: AsyncConnection, actor: Actor, keys: Sequence[UUID | str]) -> Reach:
    """Whom a recall of these lots would reach, without telling anybody."""
    return await _reach(connection, [lot.id for lot in await _named(connection, actor, keys)])


async def issue(work: Work, actor: Actor, settings: Settings, recall_id: UUID | None, wish: Wish) -> UUID:
    """Recalls lots: everybody who got some of them, or of what was made of them, is told. The client's own id, sent
    again, is the same recall."""
    if recall_id is not None and (there := await repository.one(work.connection, recall_id)) is not None:
        if there.issued_by != actor.user_id:
            raise Conflict("id_taken", "This id was used for something else; take a new one")
        return there.id
    lots = await _named(work.connection, actor, wish.lots)
    place = await next_numbers(work, rules.series(settings.number_prefix, work.today), 1)
    recall = Recall(
        id=recall_id or new_id(),
        number=rules.number(settings.number_prefix, work.today, place),
        severity=wish.severity,
        reason=wish.reason,
        advice=wish.advice,
        issued_by=actor.user_id,
        issued_at=work.now,
        closed_at=None,
        outcome="",
        parts=0,
        traced_to=0,
        version=1,
    )
    await repository.add(work, recall)
    # From here on the job sees to it as well: whatever happens meanwhile is looked at again.
    await _spread(work, recall, [lot.id for lot in lots], first=True)
    return recall.id


async def _spread(work: Work, recall: Recall, named: Sequence[UUID], *, first: bool = False) -> None:
    """Finds whom the recall reaches by now, and tells those who were not told yet."""
    # What was noted within the last minute is looked at again: a transaction may still be under way that came before it.
    last = await repository.last_event(work.connection, work.now - SETTLED)
    reach = await _reach(work.connection, named)
    added = await repository.add_lots(work, recall.id, {lot.id for lot in reach.lots}, named)
    names = {lot.id: (lot.number, lot.thing.name) for lot in reach.lots}
    parts = rules.parts(rules.fresh(reach.lines, await repository.told(work.connection, recall.id)))
    for place, lines in enumerate(parts, recall.parts + 1):
        await repository.add_lines(work, recall.id, place, lines)
        subject = rules.part_id(recall.id, place)
        work.stage(events.part(recall, place, lines, names), subject=subject, version=1)
    news = first or bool(added) or bool(parts)
    after = replace(
        recall, parts=recall.parts + len(parts), traced_to=last, version=recall.version + (news and not first)
    )
    await repository.save(work, after)
    if news:
        goods = await repository.goods(work.connection, recall.id, MOST_GOODS)
        work.stage(events.public(RecallIssued, after, goods), subject=recall.id, version=after.version)


async def follow(work: Work) -> None:
    """What was made or packed of recalled lots since they were looked at is recalled, too."""
    for recall in await repository.lock_open(work):
        await _spread(work, recall, await repository.named(work.connection, recall.id))


async def close(work: Work, actor: Actor, recall_id: UUID, outcome: str, version: int | None) -> None:
    """Ends a recall, saying what came of it. Raises PreconditionFailed if it is at another version."""
    recall = await repository.lock(work, recall_id)
    if recall is None or not may_manage(actor, recall):
        raise NotFound("recall_not_found", "There is no such recall")
    if recall.closed_at is not None:
        raise Conflict("recall_closed", "This recall is closed already")
    if version is not None and version != recall.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    after = replace(recall, closed_at=work.now, outcome=outcome, version=recall.version + 1)
    await repository.close(work, after, actor.user_id)
    goods = await repository.goods(work.connection, recall_id, MOST_GOODS)
    work.stage(events.public(RecallClosed, after, goods), subject=recall_id, version=after.version)


def may_manage(actor: Actor | None, recall: Recall) -> bool:
    """Who issued it, and the coordinators."""
    return actor is not None and (actor.user_id == recall.issued_by or actor.has("coordinator"))
