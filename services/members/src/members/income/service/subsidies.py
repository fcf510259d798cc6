"""Use cases of subsidies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from kit.database import Work
from kit.errors import Conflict, NotFound, PreconditionFailed
from kit.ids import new_id
from members.income import rules
from members.income.repository import contributions as receipts_repository
from members.income.repository import subsidies as repository
from members.income.rules import Receipt, ReceiptMethod, Subsidy, SubsidyKind
from members.income.service import receipts
from members.income.service.purposes import purposes
from members.ledger import rules as ledger_rules
from members.membership import rules as membership_rules
from members.settings import Settings


@dataclass(frozen=True)
class Grant:
    """What a grantor decided."""

    id: UUID | None
    kind: SubsidyKind
    grantor: str
    named: bool
    programme: str
    reference: str
    purpose: str
    granted: Money
    granted_on: date
    spend_by: date | None
    justify_by: date | None
    instalments: Sequence[tuple[date, Money]]
    conditions: Sequence[tuple[str, date | None]]
    note: str


@dataclass(frozen=True)
class ConditionState:
    """What the grantor asks for, and whether it was met."""

    id: UUID
    text: str
    due_on: date | None
    met: bool
    met_on: date | None
    evidence: str


@dataclass(frozen=True)
class Full:
    """A subsidy with its instalments and conditions."""

    subsidy: Subsidy
    instalments: list[tuple[date, int]]
    conditions: list[ConditionState]


async def grant(work: Work, settings: Settings, wish: Grant, *, by: UUID) -> Full:
    """Records a subsidy. The same id twice is the same subsidy. Raises Invalid, Conflict."""
    granted = rules.positive(wish.granted, settings.currency, "/granted")
    ledger_rules.check_not_ahead(wish.granted_on, work.today, "/granted_on")
    rules.check_deadlines(wish.granted_on, wish.spend_by, wish.justify_by)
    rules.check_purpose(wish.purpose, await purposes(work.connection))
    amounts = [
        (due_on, rules.positive(amount, settings.currency, f"/instalments/{place}/amount"))
        for place, (due_on, amount) in enumerate(wish.instalments)
    ]
    planned = rules.instalments(granted, wish.granted_on, amounts)
    subsidy_id = wish.id or new_id()
    values = {
        "id": subsidy_id,
        "kind": wish.kind,
        "grantor": membership_rules.plain_name(wish.grantor, "/grantor"),
        "named": wish.named or wish.kind == "public",
        "programme": wish.programme,
        "reference": wish.reference,
        "purpose": wish.purpose,
        "granted": granted,
        "currency": wish.granted.currency,
        "granted_on": wish.granted_on,
        "spend_by": wish.spend_by,
        "justify_by": wish.justify_by,
        "note": wish.note,
        "version": 1,
        "made_at": work.now,
        "made_by": by,
    }
    if await repository.add(work.connection, values):
        await repository.add_instalments(work.connection, subsidy_id, planned)
        await add_conditions(work, subsidy_id, wish.conditions)
        return await full(work.connection, subsidy_id)
    found = await full(work.connection, subsidy_id)
    same = ("kind", "grantor", "purpose", "granted", "granted_on", "reference")
    if any(getattr(found.subsidy, name) != values[name] for name in same):
        raise Conflict("id_taken", "There is another subsidy with this id; take a new one", field="/id")
    return found


async def add_conditions(work: Work, subsidy_id: UUID, wanted: Sequence[tuple[str, date | None]]) -> None:
    """Adds what the grantor asks for."""
    rows = [{"id": new_id(), "subsidy_id": subsidy_id, "text": text, "due_on": due_on} for text, due_on in wanted]
    await repository.add_conditions(work.connection, rows)


async def change(work: Work, subsidy_id: UUID, values: dict[str, Any], *, version: int | None) -> Full:
    """Changes texts and deadlines: grantors extend them. Raises NotFound, Invalid, PreconditionFailed."""
    found = await subsidy(work.connection, subsidy_id, lock=True)
    if version is not None and version != found.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody else changed it meanwhile; read it again")
    rules.check_deadlines(found.granted_on, values["spend_by"], values["justify_by"])
    await repository.change(work.connection, subsidy_id, values)
    return await full(work.connection, subsidy_id)


async def withdraw(work: Work, subsidy_id: UUID) -> Full:
    """The grant came to nothing, or was recorded by mistake. Raises NotFound; Conflict once money moved."""
    found = await subsidy(work.connection, subsidy_id, lock=True)
    if found.received or found.spent:
        raise Conflict("subsidy_in_use", "Money of it was received or spent; reverse that first")
    if found.withdrawn_on is None:
        await repository.change(work.connection, subsidy_id, {"withdrawn_on": work.today})
    return await full(work.connection, subsidy_id)


async def receive(
    work: Work,
    settings: Settings,
    subsidy_id: UUID,
    *,
    receipt_id: UUID | None,
    amount: Money,
    method: ReceiptMethod,
    on: date | None,
    note: str,
    by: UUID,
) -> Receipt:
    """Books what the grantor paid. The same id twice is the same receipt. Raises NotFound, Invalid, Conflict."""
    found = await subsidy(work.connection, subsidy_id, lock=True)
    today = work.today
    received_on = on or today
    minor = rules.positive(amount, found.currency)
    ledger_rules.check_not_ahead(received_on, today, "/received_on")
    if receipt_id is not None and (earlier := await receipts.again(work, receipt_id)):
        return receipts.check_same(earlier, found, minor, received_on, method)
    rules.check_receivable(found, minor)
    return await receipts.booked(
        work,
        settings,
        found,
        receipt_id=receipt_id or new_id(),
        amount=minor,
        method=method,
        on=received_on,
        note=note,
        by=by,
    )


async def judge(
    work: Work,
    subsidy_id: UUID,
    condition_id: UUID,
    *,
    met: bool,
    on: date | None,
    evidence: str,
    by: UUID,
) -> Full:
    """Records that a condition was met, or that it was not after all. Raises NotFound, Invalid, Conflict."""
    await subsidy(work.connection, subsidy_id, lock=True)
    found = await full(work.connection, subsidy_id)
    condition = next((one for one in found.conditions if one.id == condition_id), None)
    if condition is None:
        raise NotFound("condition_unknown", "There is no such condition")
    today = work.today
    ledger_rules.check_not_ahead(on or today, today, "/met_on")
    if condition.met == met:
        raise Conflict("condition_as_it_is", "The condition is recorded so already")
    await repository.add_fact(
        work.connection, condition_id, met=met, on=on or today, evidence=evidence, at=work.now, by=by
    )
    return await full(work.connection, subsidy_id)


async def subsidy(connection: AsyncConnection, subsidy_id: UUID, *, lock: bool = False) -> Subsidy:
    """Raises NotFound."""
    row = await repository.subsidy(connection, subsidy_id, lock=lock)
    if row is None:
        raise NotFound("subsidy_unknown", "There is no such subsidy")
    return Subsidy(**row._asdict())


async def full(connection: AsyncConnection, subsidy_id: UUID) -> Full:
    """Raises NotFound."""
    return (await _filled(connection, [await subsidy(connection, subsidy_id)]))[0]


async def page(connection: AsyncConnection, *, before: UUID | None, limit: int) -> list[Full]:
    """Newest first. One more than ``limit`` if there are more."""
    rows = await repository.page(connection, before=before, limit=limit)
    return await _filled(connection, [Subsidy(**row._asdict()) for row in rows])


async def _filled(connection: AsyncConnection, found: Sequence[Subsidy]) -> list[Full]:
    ids = [one.id for one in found]
    filled = {one.id: Full(one, [], []) for one in found}
    for row in await repository.instalments(connection, ids):
        filled[row.subsidy_id].instalments.append((row.due_on, row.amount))
    for row in await repository.conditions(connection, ids):
        met = bool(row.met)
        filled[row.subsidy_id].conditions.append(
            ConditionState(row.id, row.text, row.due_on, met, row.met_on if met else None, row.evidence or "")
        )
    return list(filled.values())


async def of_subsidy(connection: AsyncConnection, subsidy_id: UUID) -> list[Receipt]:
    """What came in, in the order it was recorded."""
    return [Receipt(**row._asdict()) for row in await receipts_repository.receipts(connection, subsidy_id=subsidy_id)]
