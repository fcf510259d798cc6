"""SQL of share capital."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, exists, func, insert, or_, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from members.membership.models import Member
from members.shares.models import Entry, Holding, Operation, ShareValue

#: Whoever writes the register takes turns: it is written a few times a week, and holdings are read before they change.
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('trama-members-shares'))")


async def take_turn(connection: AsyncConnection) -> None:
    """Nobody else writes the register until this transaction ends."""
    await connection.execute(_TURN)


async def values(connection: AsyncConnection) -> Sequence[Row[*tuple[Any, ...]]]:
    """What a share was and is worth, oldest first."""
    statement = select(ShareValue.valid_from, ShareValue.amount, ShareValue.currency).order_by(ShareValue.valid_from)
    return (await connection.execute(statement)).all()


async def add_value(connection: AsyncConnection, row: dict[str, Any]) -> bool:
    """False if there is a value from that day."""
    statement = pg_insert(ShareValue).values(row).on_conflict_do_nothing().returning(ShareValue.id)
    return (await connection.execute(statement)).one_or_none() is not None


async def holdings(connection: AsyncConnection, member_ids: Collection[UUID]) -> Sequence[Row[*tuple[Any, ...]]]:
    """What these members have, oldest first; values of which they have none any more are left out."""
    statement = (
        select(Holding.member_id, Holding.currency, Holding.value, Holding.subscribed, Holding.paid, Holding.since)
        .where(Holding.member_id.in_(member_ids), Holding.subscribed > 0)
        .order_by(Holding.since, Holding.value)
    )
    return (await connection.execute(statement)).all()


async def last_dated(connection: AsyncConnection, member_ids: Collection[UUID]) -> date | None:
    """The date of the last entry of any of these members."""
    statement = select(func.max(Operation.dated)).join(Entry, Entry.operation_id == Operation.id)
    return (await connection.execute(statement.where(Entry.member_id.in_(member_ids)))).scalar_one()


async def add(connection: AsyncConnection, operation: dict[str, Any], entries: Sequence[dict[str, Any]]) -> None:
    """The database counts the entries in the holdings."""
    await connection.execute(insert(Operation).values(operation))
    await connection.execute(insert(Entry), list(entries))


def _operations() -> Select[*tuple[Any, ...]]:
    later = aliased(Operation)
    return select(
        Operation.id,
        Operation.seq,
        Operation.number,
        Operation.kind,
        Operation.member_id,
        Operation.to_member_id,
        Operation.shares,
        Operation.dated,
        Operation.method,
        Operation.note,
        Operation.reverses,
        Operation.transfers,
        exists().where(later.reverses == Operation.id).label("reversed"),
    )


async def operation(connection: AsyncConnection, operation_id: UUID) -> Row[*tuple[Any, ...]] | None:
    return (await connection.execute(_operations().where(Operation.id == operation_id))).one_or_none()


async def page(
    connection: AsyncConnection, *, only: Collection[UUID] | None, before: int | None, limit: int | None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Last recorded first; one more than ``limit`` if there are more, all without one."""
    statement = _operations().order_by(Operation.seq.desc())
    if only is not None:
        reversed_one = aliased(Operation)
        received = select(reversed_one.id).where(reversed_one.to_member_id.in_(only))
        statement = statement.where(
            or_(Operation.member_id.in_(only), Operation.to_member_id.in_(only), Operation.reverses.in_(received))
        )
    if before is not None:
        statement = statement.where(Operation.seq < before)
    if limit is not None:
        statement = statement.limit(limit + 1)
    return (await connection.execute(statement)).all()


async def entries(connection: AsyncConnection, operation_ids: Collection[UUID]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Of these operations, each with its member's number and name, in their order."""
    statement = (
        select(
            Entry.operation_id,
            Entry.member_id,
            Entry.currency,
            Entry.value,
            Entry.subscribed,
            Entry.paid,
            Member.number.label("member_number"),
            Member.name.label("member_name"),
        )
        .join(Member, Member.id == Entry.member_id)
        .where(Entry.operation_id.in_(operation_ids))
        .order_by(Entry.operation_id, Entry.place)
    )
    return (await connection.execute(statement)).all()


async def subscribed_in(connection: AsyncConnection, currency: str, since: date, until: date) -> int:
    """What the shares subscribed in these days come to, less what was taken back, in smallest units."""
    corrected = aliased(Operation)
    statement = (
        select(func.coalesce(func.sum(Entry.subscribed * Entry.value), 0))
        .join(Operation, Operation.id == Entry.operation_id)
        .outerjoin(corrected, corrected.id == Operation.reverses)
        .where(
            Entry.currency == currency,
            Operation.dated.between(since, until),
            or_(Operation.kind == "subscribed", and_(Operation.kind == "reversed", corrected.kind == "subscribed")),
        )
    )
    return int((await connection.execute(statement)).scalar_one())
