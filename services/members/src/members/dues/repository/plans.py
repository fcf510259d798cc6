"""SQL of plans and their prices, of exemptions and of plans chosen for a member."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberKind
from members.dues.models import BillingRow, ChoiceRow, ExemptionRow, PlanKind, PlanRow, PriceRow
from members.dues.rules.plans import Plan, Price, Terms

_PLANS = text("""
SELECT p.*,
       (SELECT coalesce(array_agg(k.kind ORDER BY k.kind), '{}') FROM dues_plan_kinds AS k WHERE k.plan_id = p.id)
           AS kinds,
       (SELECT jsonb_agg(jsonb_build_array(r.valid_from, r.amount) ORDER BY r.valid_from, r.id)
        FROM dues_prices AS r WHERE r.plan_id = p.id) AS prices
FROM dues_plans AS p
WHERE (CAST(:ids AS uuid[]) IS NULL OR p.id = ANY(CAST(:ids AS uuid[])))
ORDER BY p.starts_on DESC, p.name, p.id
""")
#: Plans that serve one of these kinds at a time of this one's: for a refusal that names the other.
_RIVAL = text("""
SELECT k.kind, p.name FROM dues_plan_kinds AS k JOIN dues_plans AS p ON p.id = k.plan_id
WHERE k.plan_id <> :plan_id AND k.kind = ANY(CAST(:kinds AS text[])) AND k.asks = :asks
  AND daterange(k.starts_on, k.ends_on, '[]') && daterange(:starts_on, :ends_on, '[]')
ORDER BY k.kind LIMIT 1
""")


async def plans(connection: AsyncConnection, ids: Collection[UUID] | None = None) -> list[Plan]:
    """These plans, or all, with their prices and the kinds that they serve."""
    rows = await connection.execute(_PLANS, {"ids": None if ids is None else list(ids)})
    return [_plan(row) for row in rows]


def _plan(row: Row[Any]) -> Plan:
    return Plan(
        id=row.id,
        name=row.name,
        texts=row.texts,
        kinds=tuple(row.kinds),
        currency=row.currency,
        terms=Terms(
            rhythm=row.rhythm,
            anchor=row.anchor,
            start_month=row.start_month,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            pro_rata=row.pro_rata,
            prices=tuple(Price(date.fromisoformat(day), amount) for day, amount in row.prices or ()),
        ),
        days_until_due=row.days_until_due,
        grace_days=row.grace_days,
        tax_rate=row.tax_rate,
        tax_text=row.tax_text,
        version=row.version,
    )


async def take_plan_turn(connection: AsyncConnection) -> None:
    """Nobody else makes or changes a plan until this transaction ends, so what was checked of the others holds."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('trama-members-dues-plans'))"))


async def rival(
    connection: AsyncConnection, plan_id: UUID, kinds: Collection[MemberKind], asks: str, terms: Terms
) -> Row[Any] | None:
    params = {"plan_id": plan_id, "kinds": list(kinds), "asks": asks}
    times = {"starts_on": terms.starts_on, "ends_on": terms.ends_on}
    return (await connection.execute(_RIVAL, params | times)).one_or_none()


async def add_plan(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if there is a plan with this id."""
    statement = pg_insert(PlanRow).values(values).on_conflict_do_nothing(index_elements=["id"]).returning(PlanRow.id)
    return (await connection.execute(statement)).one_or_none() is not None


async def change_plan(connection: AsyncConnection, plan_id: UUID, values: dict[str, Any]) -> None:
    statement = update(PlanRow).where(PlanRow.id == plan_id).values(**values, version=PlanRow.version + 1)
    await connection.execute(statement)


async def set_kinds(
    connection: AsyncConnection, plan_id: UUID, kinds: Collection[MemberKind], asks: str, terms: Terms
) -> None:
    await connection.execute(delete(PlanKind).where(PlanKind.plan_id == plan_id))
    if kinds:
        times = {"starts_on": terms.starts_on, "ends_on": terms.ends_on}
        rows = [{"plan_id": plan_id, "kind": kind, "asks": asks, **times} for kind in kinds]
        await connection.execute(insert(PlanKind), rows)


async def add_price(
    connection: AsyncConnection, plan_id: UUID, valid_from: date, amount: int, *, now: datetime, by: UUID
) -> None:
    await connection.execute(
        insert(PriceRow).values(plan_id=plan_id, valid_from=valid_from, amount=amount, set_at=now, set_by=by)
    )


async def billed_from(connection: AsyncConnection, plan_id: UUID, day: date) -> date | None:
    """The last period of the plan that was billed and begins on that day or later."""
    statement = (
        select(BillingRow.period_start)
        .where(BillingRow.plan_id == plan_id, BillingRow.period_start >= day)
        .order_by(BillingRow.period_start.desc())
        .limit(1)
    )
    return (await connection.execute(statement)).scalar_one_or_none()


type Dated = type[ChoiceRow] | type[ExemptionRow]


async def take_member_turn(connection: AsyncConnection, member_id: UUID) -> None:
    """Nobody else agrees anything about this member's dues until this transaction ends."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"trama-members-dues-{member_id}"}
    )


async def add_dated(connection: AsyncConnection, table: Dated, values: dict[str, Any]) -> None:
    """Adds a choice or an exemption."""
    await connection.execute(insert(table).values(values))


async def overlapping(
    connection: AsyncConnection, table: Dated, member_id: UUID, since: date, before: date | None
) -> Row[Any] | None:
    """A choice or an exemption of the member in some of that time."""
    later = table.before.is_(None) | ((table.before > since) & (table.before > table.since))
    statement = select(table).where(table.member_id == member_id, later)
    if before is not None:
        statement = statement.where(table.since < before)
    return (await connection.execute(statement.order_by(table.since).limit(1))).one_or_none()


async def dated(
    connection: AsyncConnection, table: Dated, *, member_id: UUID | None = None, row_id: UUID | None = None
) -> Sequence[Row[Any]]:
    """Choices or exemptions of a member, the newest first, or the one with this id."""
    statement = select(table).order_by(table.since.desc(), table.id)
    if member_id is not None:
        statement = statement.where(table.member_id == member_id)
    if row_id is not None:
        statement = statement.where(table.id == row_id)
    return (await connection.execute(statement)).all()


async def end_dated(
    connection: AsyncConnection, table: Dated, row_id: UUID, before: date, *, now: datetime, by: UUID
) -> None:
    await connection.execute(update(table).where(table.id == row_id).values(before=before, ended_at=now, ended_by=by))
