"""Cancelling sessions: what is reserved of them is free, whoever has a place or waits for one is told."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from uuid import UUID

from catalog.products import service as products
from catalog.sessions import events
from catalog.sessions.repository import bookings
from catalog.sessions.repository import sessions as repository
from catalog.sessions.rules import occasions
from catalog.sessions.rules.occasions import Session
from catalog.sessions.service import offers, telling
from catalog.stock import service as stock
from kit.actor import Actor
from kit.database import Work
from kit.errors import NotFound


def unknown() -> NotFound:
    return NotFound("session_not_found", "There is no such session")


async def strike(
    work: Work, product_name: str, sessions: Mapping[UUID, Session], reason: str, user_id: UUID | None
) -> None:
    """Cancels sessions of a product that this transaction has locked, as it has what is reserved of them."""
    ids = sorted(sessions)
    if not ids:
        return
    listed = [id_ for id_ in ids if sessions[id_].listed]
    await offers.withdraw(work, listed, user_id)
    reservations = await stock.drop(work, listed) if listed else []
    order_ids = [one.id for one in reservations if one.origin == "order"]
    ordered = await bookings.orderers(work, ids, order_ids)
    standing = await bookings.standing(work, ids, lock=True)
    await bookings.end(work, [one.id for one in standing], "cancelled", "session")
    gone = [
        replace(one, state="cancelled", reason=reason, done=True, version=one.version + 1) for one in sessions.values()
    ]
    await repository.save(work, gone)
    for one in gone:
        held = [order.id for order in reservations if order.origin == "order" and one.id in order.held]
        work.stage(events.cancelled(one, held), subject=one.id, version=one.version)
    members = ordered | {(one.session_id, one.member_id) for one in standing}
    await telling.cancelled(work, product_name, sessions, members, reason)


async def cancel(work: Work, actor: Actor, session_id: UUID, reason: str) -> None:
    """Cancels one session. Raises NotFound, Forbidden, Conflict for one that has begun or was cancelled."""
    seen = (await repository.by_ids(work, [session_id])).get(session_id)
    if seen is None:
        raise unknown()
    await stock.lock_holding(work, [session_id])
    product = await products.mine(work, actor, seen.product_id)
    session = (await repository.by_ids(work, [session_id], lock=True))[session_id]
    occasions.check_changeable(session, work.now)
    await strike(work, product.name, {session_id: session}, reason, actor.user_id)


async def leave(work: Work, member_ids: Collection[UUID]) -> None:
    """Members are gone: what they were to hold is cancelled, and the places that they had are free."""
    coming = await repository.coming_of_members(work, member_ids)
    await stock.lock_holding(work, sorted(coming))
    await repository.end_series(work, member_ids)
    for product_id in sorted({one.product_id for one in coming.values()}):
        locked = await repository.by_ids(
            work, [one.id for one in coming.values() if one.product_id == product_id], lock=True
        )
        still = {id_: one for id_, one in locked.items() if one.state == "planned"}
        name = await repository.product_name(work, product_id)
        await strike(work, name, still, "", None)
