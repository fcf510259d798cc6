"""Exemptions, solidarity fees, and plans chosen for a member: for a time and with a reason, by the treasurer."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound
from kit.ids import new_id
from members.dues.models import ChoiceRow, ExemptionRow
from members.dues.repository import plans as repository
from members.dues.repository.plans import Dated
from members.dues.rules import agreements as rules
from members.dues.rules.agreements import Agreement
from members.dues.service import plans
from members.ledger import rules as ledger_rules
from members.ledger import service as ledger
from members.membership import service as membership
from members.settings import Settings


async def exempt(
    work: Work,
    settings: Settings,
    member_id: UUID,
    *,
    agreement_id: UUID | None,
    since: date,
    until: date | None,
    amount: Money | None,
    reason: str,
    by: UUID,
) -> Agreement:
    """Asks a member for nothing, or for another amount, in the periods that begin in that time. What was billed stays
    billed. The same id twice is the same exemption. Raises NotFound, Invalid; Conflict where another holds then."""
    if amount is not None:
        ledger_rules.check_currency(amount.currency, ledger.currencies(settings), "/amount/currency")
        rules.check_amount(amount.minor)
    values = {
        "amount": None if amount is None else amount.minor,
        "currency": None if amount is None else amount.currency,
    }
    return await _agree(
        work,
        ExemptionRow,
        member_id,
        agreement_id=agreement_id,
        since=since,
        until=until,
        reason=reason,
        by=by,
        values=values,
    )


async def choose(
    work: Work,
    member_id: UUID,
    *,
    agreement_id: UUID | None,
    plan_id: UUID,
    since: date,
    until: date | None,
    reason: str,
    by: UUID,
) -> Agreement:
    """Chooses a plan for a member in place of its kind's, for that time. What was billed stays billed: of a period that
    was, only what follows is asked for. Raises NotFound, Invalid; Conflict where another is chosen for then."""
    found = await plans.plan(work.connection, plan_id)
    if found.once:
        raise Invalid("plan_asks_once", "Only a plan that repeats can be chosen", field="/plan_id")
    return await _agree(
        work,
        ChoiceRow,
        member_id,
        agreement_id=agreement_id,
        since=since,
        until=until,
        reason=reason,
        by=by,
        values={"plan_id": plan_id},
    )


async def end(work: Work, table: Dated, agreement_id: UUID, until: date, *, by: UUID) -> Agreement:
    """Ends it earlier than was agreed; it stays on record. Raises NotFound, Conflict, Invalid."""
    found = await repository.dated(work.connection, table, row_id=agreement_id)
    if not found:
        raise NotFound("agreement_unknown", "There is no such exemption or choice of a plan")
    await repository.take_member_turn(work.connection, found[0].member_id)
    (row,) = await repository.dated(work.connection, table, row_id=agreement_id)
    before = rules.end(_agreement(row), until)
    await repository.end_dated(work.connection, table, agreement_id, before, now=work.now, by=by)
    (row,) = await repository.dated(work.connection, table, row_id=agreement_id)
    return _agreement(row)


async def agreements(
    connection: AsyncConnection, actor: Actor, table: Dated, member_id: UUID, *roles: str
) -> list[Agreement]:
    """A member's, the newest first: one's own, or any to the roles. Raises NotFound."""
    membership.check_visible(actor, member_id, *roles)
    return [_agreement(row) for row in await repository.dated(connection, table, member_id=member_id)]


async def _agree(
    work: Work,
    table: Dated,
    member_id: UUID,
    *,
    agreement_id: UUID | None,
    since: date,
    until: date | None,
    reason: str,
    by: UUID,
    values: dict[str, Any],
) -> Agreement:
    before = rules.day_after(since, until)
    await membership.record(work.connection, member_id, work.now)
    await repository.take_member_turn(work.connection, member_id)
    new = agreement_id or new_id()
    known = await repository.dated(work.connection, table, row_id=new)
    same = {"member_id": member_id, "since": since, **values}
    if known:
        if any(getattr(known[0], name) != value for name, value in same.items()):
            raise Conflict("id_taken", "There is something else with this id; take a new one", field="/id")
        return _agreement(known[0])
    other = await repository.overlapping(work.connection, table, member_id, since, before)
    if other is not None:
        raise Conflict(
            "overlapping",
            "Another one holds from {since} on; end that first",
            field="/since",
            since=other.since.isoformat(),
            extra={"other_id": str(other.id)},
        )
    row = {"id": new, "before": before, "reason": reason, "made_at": work.now, "made_by": by, **same}
    await repository.add_dated(work.connection, table, row)
    (made,) = await repository.dated(work.connection, table, row_id=new)
    return _agreement(made)


def _agreement(row: Row[Any]) -> Agreement:
    columns = row._asdict()
    return Agreement(
        id=row.id,
        member_id=row.member_id,
        since=row.since,
        before=row.before,
        reason=row.reason,
        made_at=row.made_at,
        ended_at=row.ended_at,
        plan_id=columns.get("plan_id"),
        amount=columns.get("amount"),
        currency=columns.get("currency"),
    )
