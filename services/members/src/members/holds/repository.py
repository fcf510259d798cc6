"""SQL of the holds of orders. Whoever writes has taken its turn and locked the accounts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, literal, literal_column, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from members.ledger.models import TransferRow
from members.ledger.rules import Ending

#: Written out, not as a parameter, so that every plan may use the index of pending transfers alone.
_PENDING = TransferRow.status == literal_column("'pending'")
#: What an order holds is found by the order, and only then is it known which accounts to lock: a hold that another
#: transaction adds in between would be met unlocked. Batches are few and short, so they take turns.
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('trama-members-holds'))")


def _of(order_ids: Collection[UUID]) -> ColumnElement[bool]:
    """One parameter, so that the statement is the same for any number of them."""
    return TransferRow.cause_id == any_(literal(list(order_ids), ARRAY(Uuid)))


async def take_turn(connection: AsyncConnection) -> None:
    """Nobody else adds or ends holds of orders until this transaction ends. Comes before any other lock."""
    await connection.execute(_TURN)


async def holds(
    connection: AsyncConnection, order_ids: Collection[UUID]
) -> tuple[dict[UUID, dict[str, int]], set[UUID]]:
    """What each of these orders holds, by currency; and those of them whose holds ended with a settlement."""
    statement = select(TransferRow.cause_id, TransferRow.currency, TransferRow.amount, TransferRow.status).where(
        _of(order_ids), or_(_PENDING, TransferRow.ended == literal_column("'settled'"))
    )
    held: dict[UUID, dict[str, int]] = {}
    settled: set[UUID] = set()
    for row in await connection.execute(statement):
        if row.status == "pending":
            held.setdefault(row.cause_id, {})[row.currency] = row.amount
        else:
            settled.add(row.cause_id)
    return held, settled


async def end(
    connection: AsyncConnection,
    order_ids: Collection[UUID],
    ended: Ending,
    now: datetime,
    *,
    expired_by: datetime | None = None,
) -> None:
    """Ends what these orders hold; with ``expired_by`` only what has expired by then."""
    statement = update(TransferRow).where(_of(order_ids), _PENDING).values(status="voided", ended=ended, closed_at=now)
    if expired_by is not None:
        statement = statement.where(TransferRow.expires_at <= expired_by)
    await connection.execute(statement)


async def keep(connection: AsyncConnection, order_ids: Collection[UUID]) -> None:
    """What these orders hold does not expire any more."""
    await connection.execute(
        update(TransferRow).where(_of(order_ids), _PENDING, TransferRow.expires_at.is_not(None)).values(expires_at=None)
    )


async def expired(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Orders of which a hold has expired, the longest expired first."""
    statement = (
        select(TransferRow.cause_id)
        .where(_PENDING, TransferRow.expires_at <= now)
        .order_by(TransferRow.expires_at)
        .limit(limit)
    )
    return list((await connection.execute(statement)).scalars())
