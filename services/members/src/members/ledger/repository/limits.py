"""SQL of limits: an account's own, and those with which the accounts of a kind of members open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from members.ledger.models import AccountRow, DefaultLimit, LimitChange
from members.ledger.rules import AccountKey, Limits
from members.membership.models import Member


async def set_limits(
    connection: AsyncConnection, account: AccountKey, limits: Limits, *, now: datetime, by: UUID
) -> None:
    """Sets them and keeps who did."""
    values = {"credit_limit": limits.credit_limit, "balance_limit": limits.balance_limit}
    await connection.execute(update(AccountRow).where(AccountRow.id == account.id).values(values))
    await connection.execute(insert(LimitChange).values(account_id=account.id, at=now, by=by, **values))


async def set_default(
    connection: AsyncConnection, kind: str, currency: str, limits: Limits, *, now: datetime, by: UUID
) -> None:
    await connection.execute(
        insert(DefaultLimit).values(
            kind=kind,
            currency=currency,
            credit_limit=limits.credit_limit,
            balance_limit=limits.balance_limit,
            at=now,
            by=by,
        )
    )


_CURRENT = (
    select(DefaultLimit.kind, DefaultLimit.currency, DefaultLimit.credit_limit, DefaultLimit.balance_limit)
    .ext(distinct_on(DefaultLimit.kind, DefaultLimit.currency))
    .order_by(DefaultLimit.kind, DefaultLimit.currency, DefaultLimit.id.desc())
)


async def defaults(connection: AsyncConnection) -> Sequence[Row[*tuple[Any, ...]]]:
    """What was said last for each kind and currency."""
    return (await connection.execute(_CURRENT)).all()


async def defaults_of(connection: AsyncConnection, member_id: UUID) -> dict[str, Limits]:
    """What was said last for members of this one's kind, by currency."""
    statement = _CURRENT.join(Member, Member.kind == DefaultLimit.kind).where(Member.id == member_id)
    rows = await connection.execute(statement)
    return {row.currency: Limits(row.credit_limit, row.balance_limit) for row in rows}
