"""SQL of accounts and transfers.

The order of locks, everywhere: open what accounts are missing, lock all accounts that will be touched in the order of
their ids, then write transfers. Who keeps to it can't deadlock with another who does.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from members.ledger.models import AccountRow, TransferRow
from members.ledger.repository.refusals import refusal
from members.ledger.rules import Account, AccountKey, Limits, Owner, Transfer

# In the order of their ids, lest two who open the same accounts wait for each other.
_OPEN = text("""
INSERT INTO accounts (id, member_id, name, currency, credit_limit, balance_limit)
SELECT w.id, w.member_id, w.name, w.currency,
       CASE WHEN d.id IS NULL THEN w.credit_limit ELSE d.credit_limit END,
       CASE WHEN d.id IS NULL THEN w.balance_limit ELSE d.balance_limit END
FROM jsonb_to_recordset(CAST(:wanted AS jsonb))
     AS w (id uuid, member_id uuid, name text, currency text, credit_limit bigint, balance_limit bigint)
LEFT JOIN members AS m ON m.id = w.member_id
LEFT JOIN LATERAL (
    SELECT * FROM default_limits WHERE kind = m.kind AND currency = w.currency ORDER BY id DESC LIMIT 1
) AS d ON true
WHERE NOT EXISTS (SELECT FROM accounts AS a WHERE a.id = w.id)
ORDER BY w.id
ON CONFLICT DO NOTHING
""")
# Where ids are looked for as ANY(ARRAY(…)), the plan does not depend on how many they are: it is made once for each
# connection, goes by index in their order, and costs less than making a new one for each booking would.
_OPEN_ALREADY = """
(SELECT count(*) FROM accounts AS k WHERE k.id = ANY(ARRAY(SELECT unnest(CAST(:needed AS uuid[])))))
    = cardinality(CAST(:needed AS uuid[]))
"""
_LOCKING = """
SELECT a.id, a.member_id, a.name, a.currency, a.posted, a.held, a.credit_limit, a.balance_limit
FROM accounts AS a
WHERE a.id = ANY(ARRAY(
    SELECT unnest(CAST(:ids AS uuid[]))
    UNION ALL
    SELECT debit_id FROM transfers WHERE cause_id = ANY(CAST(:holds_of AS uuid[])) AND status = 'pending')){more}
ORDER BY a.id FOR NO KEY UPDATE
"""
_LOCK = text(_LOCKING.format(more=""))
# Accounts are never deleted: what was there when the statement began is there for good.
_LOCKING_IF_OPEN = _LOCKING.format(more=f" AND {_OPEN_ALREADY}")
_LOCK_IF_OPEN = text(_LOCKING_IF_OPEN)
_COUNTING = "SELECT count(*) FROM ({locking}) AS locked"
_LOCK_UNSEEN = text(_COUNTING.format(locking=_LOCKING_IF_OPEN))
# Column by column, so that nothing is written into text and read again; a column that is shorter than the others goes on
# with NULL.
_ADDING = """
INSERT INTO transfers (id, debit_id, credit_id, currency, amount, status, beyond_limit, cause, cause_id, text, reverses,
                       made_at, made_by, booked_on, expires_at, closed_at)
SELECT t.id, t.debit_id, t.credit_id, t.currency, t.amount, t.status, coalesce(t.beyond_limit, false), t.cause, t.cause_id,
       coalesce(t.text, ''), t.reverses, :now, :made_by, coalesce(t.booked_on, :today), t.expires_at,
       CASE t.status WHEN 'pending' THEN NULL ELSE CAST(:now AS timestamptz) END
FROM unnest(CAST(:ids AS uuid[]), CAST(:debit_ids AS uuid[]), CAST(:credit_ids AS uuid[]), CAST(:currencies AS text[]),
            CAST(:amounts AS bigint[]), CAST(:statuses AS text[]), CAST(:beyond AS boolean[]), CAST(:causes AS text[]),
            CAST(:cause_ids AS uuid[]), CAST(:texts AS text[]), CAST(:reverses AS uuid[]), CAST(:days AS date[]),
            CAST(:expiries AS timestamptz[]))
     AS t (id, debit_id, credit_id, currency, amount, status, beyond_limit, cause, cause_id, text, reverses, booked_on,
           expires_at)
WHERE {if_open}
ON CONFLICT (id) DO NOTHING
RETURNING id
"""
_ADD = text(_ADDING.format(if_open=_OPEN_ALREADY))


async def open_accounts(
    connection: AsyncConnection, keys: Collection[AccountKey], limits: Mapping[str, Limits]
) -> None:
    """Makes those that are missing; a member's with the limits for its kind, or else its currency. It must be known."""
    wanted = [
        {
            "id": str(key.id),
            "member_id": str(key.owner.member_id) if key.owner.member_id else None,
            "name": key.owner.name,
            "currency": key.currency,
            "credit_limit": limits[key.currency].credit_limit if key.owner.member_id else None,
            "balance_limit": limits[key.currency].balance_limit if key.owner.member_id else None,
        }
        for key in keys
    ]
    await connection.execute(_OPEN, {"wanted": json.dumps(wanted)})


async def lock_accounts(
    connection: AsyncConnection, keys: Collection[AccountKey], holds_of: Collection[UUID] = ()
) -> dict[AccountKey, Account]:
    """These accounts, and those in which these orders hold something, as they are until this transaction ends."""
    asked = {key.id: key for key in keys}
    rows = await connection.execute(_LOCK, {"ids": list(asked), "holds_of": list(holds_of)})
    return _accounts(asked, rows)


async def lock_if_open(
    connection: AsyncConnection,
    keys: Collection[AccountKey],
    holds_of: Collection[UUID],
    needed: Collection[AccountKey],
) -> dict[AccountKey, Account]:
    """The same if all that are ``needed`` have been opened; else it locks and returns nothing."""
    asked = {key.id: key for key in keys}
    params = {"ids": list(asked), "holds_of": list(holds_of), "needed": [key.id for key in needed]}
    return _accounts(asked, await connection.execute(_LOCK_IF_OPEN, params))


async def lock_unseen(connection: AsyncConnection, keys: Collection[AccountKey], holds_of: Collection[UUID]) -> bool:
    """Locks the same without reading what is in them; false, and nothing is locked, unless all have been opened."""
    ids = [key.id for key in keys]
    locked = await connection.execute(_LOCK_UNSEEN, {"ids": ids, "holds_of": list(holds_of), "needed": ids})
    return bool(locked.scalar_one())


def _accounts(asked: Mapping[UUID, AccountKey], rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[AccountKey, Account]:
    """Those that were asked for keep their key: it has been made, and its id is known."""
    accounts = {}
    for account_id, member_id, name, currency, *state in rows:
        key = asked.get(account_id) or AccountKey(Owner(member_id, name), currency)
        accounts[key] = Account(key, *state)
    return accounts


async def add_transfers(
    connection: AsyncConnection,
    transfers: Sequence[Transfer],
    *,
    now: datetime,
    today: date,
    by: UUID | None,
    if_open: bool = False,
) -> set[UUID]:
    """Books them with one statement, ``today`` unless they say when; returns the ids of those that were not there. With
    ``if_open`` it books none unless all their accounts have been opened.

    Raises Conflict for what the database refuses: past a limit, or for a date that is closed.
    """
    debit_ids, credit_ids = [t.debit.id for t in transfers], [t.credit.id for t in transfers]
    params = {
        "ids": [t.id for t in transfers],
        "debit_ids": debit_ids,
        "credit_ids": credit_ids,
        "currencies": [t.debit.currency for t in transfers],
        "amounts": [t.amount for t in transfers],
        "statuses": [t.status for t in transfers],
        "beyond": _unless_empty([t.beyond_limit for t in transfers]),
        "causes": [t.cause for t in transfers],
        "cause_ids": [t.cause_id for t in transfers],
        "texts": _unless_empty([t.text for t in transfers]),
        "reverses": _unless_empty([t.reverses for t in transfers]),
        "days": _unless_empty([t.booked_on for t in transfers]),
        "expiries": _unless_empty([t.expires_at for t in transfers]),
        "now": now,
        "today": today,
        "made_by": by,
        "needed": list({*debit_ids, *credit_ids}) if if_open else [],
    }
    try:
        added = await connection.execute(_ADD, params)
    except IntegrityError as error:
        refused = refusal(error)
        if refused is None:
            raise
        raise refused from error
    return set(added.scalars())


def _unless_empty[T](column: list[T]) -> list[T]:
    """A column in which nothing stands need not be sent."""
    return column if any(column) else []


async def transfers(connection: AsyncConnection, ids: Collection[UUID]) -> list[Transfer]:
    debit, credit = AccountRow.__table__.alias("debit"), AccountRow.__table__.alias("credit")
    statement = (
        select(
            TransferRow,
            debit.c.member_id.label("debit_member"),
            debit.c.name.label("debit_name"),
            credit.c.member_id.label("credit_member"),
            credit.c.name.label("credit_name"),
        )
        .join(debit, debit.c.id == TransferRow.debit_id)
        .join(credit, credit.c.id == TransferRow.credit_id)
        .where(TransferRow.id.in_(ids))
    )
    return [_transfer(row) for row in (await connection.execute(statement)).all()]


def _transfer(row: Row[Any]) -> Transfer:
    return Transfer(
        id=row.id,
        debit=AccountKey(Owner(row.debit_member, row.debit_name), row.currency),
        credit=AccountKey(Owner(row.credit_member, row.credit_name), row.currency),
        amount=row.amount,
        cause=row.cause,
        cause_id=row.cause_id,
        text=row.text,
        status=row.status,
        beyond_limit=row.beyond_limit,
        reverses=row.reverses,
        booked_on=row.booked_on,
        expires_at=row.expires_at,
    )


async def reversal_of(connection: AsyncConnection, transfer_id: UUID) -> UUID | None:
    """The id of the transfer that reverses this one."""
    statement = select(TransferRow.id).where(TransferRow.reverses == transfer_id)
    return (await connection.execute(statement)).scalar_one_or_none()
