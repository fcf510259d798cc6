"""Use cases of contributions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.ids import new_id
from members.income import rules
from members.income.repository import contributions as repository
from members.income.rules import Contribution, Receipt, ReceiptMethod
from members.income.service import receipts
from members.income.service.purposes import purposes
from members.ledger import rules as ledger_rules
from members.membership import rules as membership_rules
from members.membership import service as membership
from members.settings import Settings

#: Those who may see what everybody gives; who asked not to be named is named to the treasurer alone.
READERS = ("treasurer", "coordinator")


@dataclass(frozen=True)
class Pledge:
    """What somebody says that it will give."""

    id: UUID | None
    member_id: UUID | None
    giver: str | None
    anonymous: bool
    amount: Money
    pledged_on: date | None
    expected_on: date | None
    purpose: str | None
    note: str


@dataclass(frozen=True)
class Shown:
    """A contribution with the giver's name, as far as the reader may know it."""

    contribution: Contribution
    name: str | None


async def pledge(work: Work, settings: Settings, actor: Actor, wish: Pledge) -> Contribution:
    """Records what a member or somebody else means to give. The same id twice is the same contribution.

    A member may pledge for itself, the treasurer for anybody. Raises Invalid, NotFound, Conflict, Forbidden.
    """
    if (wish.member_id is None) == (wish.giver is None):
        raise Invalid("giver_missing", "Either a member's id or a name", field="/giver")
    if wish.member_id is not None:
        membership.check_visible(actor, wish.member_id, "treasurer")
        await membership.record(work.connection, wish.member_id, work.now)
    elif not actor.has("treasurer"):
        raise Forbidden("role_missing", "Only for {roles}", roles="treasurer")
    values = await _values(work, settings, wish, by=actor.user_id)
    added = await repository.add(work.connection, values)
    found = await contribution(work.connection, values["id"])
    if not added and (found.member_id, found.giver, found.amount, found.purpose) != (
        wish.member_id,
        values["giver"],
        values["amount"],
        wish.purpose,
    ):
        raise Conflict("id_taken", "There is another contribution with this id; take a new one", field="/id")
    return found


async def _values(work: Work, settings: Settings, wish: Pledge, *, by: UUID) -> dict[str, Any]:
    amount = rules.positive(wish.amount, settings.currency)
    today = work.today
    pledged_on = wish.pledged_on or today
    ledger_rules.check_not_ahead(pledged_on, today, "/pledged_on")
    expected_on = wish.expected_on or pledged_on
    rules.check_expected(pledged_on, expected_on)
    if wish.purpose is not None:
        rules.check_purpose(wish.purpose, await purposes(work.connection))
    return {
        "id": wish.id or new_id(),
        "member_id": wish.member_id,
        "giver": membership_rules.plain_name(wish.giver, "/giver") if wish.giver is not None else None,
        "anonymous": wish.anonymous,
        "amount": amount,
        "currency": wish.amount.currency,
        "pledged_on": pledged_on,
        "expected_on": expected_on,
        "purpose": wish.purpose,
        "note": wish.note,
        "made_at": work.now,
        "made_by": by,
    }


async def receive(
    work: Work,
    settings: Settings,
    actor: Actor,
    contribution_id: UUID,
    *,
    receipt_id: UUID | None,
    amount: Money,
    method: ReceiptMethod,
    on: date | None,
    note: str,
) -> Receipt:
    """Books what came in, in part or more than was pledged. A member may pay out of its own balance today, the
    rest is the treasurer's. The same id twice is the same receipt. Raises NotFound, Forbidden, Invalid, Conflict."""
    found = await contribution(work.connection, contribution_id, lock=True)
    check_visible(actor, found, "treasurer")
    today = work.today
    received_on = on or today
    if not actor.has("treasurer") and (method != "balance" or received_on != today):
        raise Forbidden("role_missing", "Only for {roles}", roles="treasurer")
    minor = rules.positive(amount, found.currency)
    ledger_rules.check_not_ahead(received_on, today, "/received_on")
    if receipt_id is not None and (earlier := await receipts.again(work, receipt_id)):
        return receipts.check_same(earlier, found, minor, received_on, method)
    return await receipts.booked(
        work,
        settings,
        found,
        receipt_id=receipt_id or new_id(),
        amount=minor,
        method=method,
        on=received_on,
        note=note,
        by=actor.user_id,
    )


async def withdraw(work: Work, actor: Actor, contribution_id: UUID) -> Contribution:
    """What has not come is not expected any more. Raises NotFound, and Conflict if there is nothing to withdraw."""
    found = await contribution(work.connection, contribution_id, lock=True)
    check_visible(actor, found, "treasurer")
    if found.status not in ("pledged", "partly_received"):
        raise Conflict("nothing_expected", "Nothing of it is expected any more")
    await repository.withdraw(work.connection, contribution_id, work.today)
    return await contribution(work.connection, contribution_id)


def check_visible(actor: Actor, found: Contribution, *roles: str) -> None:
    """Raises NotFound unless it is the actor's own member's or one of the roles may see it."""
    own = found.member_id is not None and actor.acts_for(found.member_id)
    if not own and not actor.has(*roles):
        raise _unknown()


async def contribution(connection: AsyncConnection, contribution_id: UUID, *, lock: bool = False) -> Contribution:
    """Raises NotFound."""
    row = await repository.contribution(connection, contribution_id, lock=lock)
    if row is None:
        raise _unknown()
    return Contribution(**row._asdict())


async def page(connection: AsyncConnection, actor: Actor, *, before: UUID | None, limit: int) -> list[Shown]:
    """Newest first: one's own, or all to treasurer and coordinators. One more than ``limit`` if there are more."""
    only = None if actor.has(*READERS) else actor.member_ids
    rows: Sequence[Row[tuple[object, ...]]] = await repository.page(connection, only=only, before=before, limit=limit)
    return await shown(connection, actor, [Contribution(**row._asdict()) for row in rows])


async def shown(connection: AsyncConnection, actor: Actor, found: Sequence[Contribution]) -> list[Shown]:
    """With the names that the actor may know."""
    names = await repository.names(connection, {one.member_id for one in found if one.member_id is not None})
    return [_shown(actor, one, names) for one in found]


def _shown(actor: Actor, found: Contribution, names: dict[UUID, str]) -> Shown:
    own = found.member_id is not None and actor.acts_for(found.member_id)
    if found.anonymous and not own and not actor.has("treasurer"):
        return Shown(found, None)
    return Shown(found, names[found.member_id] if found.member_id is not None else found.giver)


async def of_contribution(connection: AsyncConnection, contribution_id: UUID) -> list[Receipt]:
    """What came in, in the order it was recorded."""
    rows = await repository.receipts(connection, contribution_id=contribution_id)
    return [Receipt(**row._asdict()) for row in rows]


def _unknown() -> NotFound:
    return NotFound("contribution_unknown", "There is no such contribution")
