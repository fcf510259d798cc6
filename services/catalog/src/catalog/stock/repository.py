"""Every statement about stock, movements and reservations. Rows are locked in the order of their ids."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, delete, func, insert, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.stock import models
from catalog.stock.rules import ACTIVE, Movement, Origin, Reason, RecordedMovement, Reservation, State, Stock
from contracts.catalog import StockPolicy
from kit.database import Work
from kit.ids import new_id

_STOCK = (
    models.Stock.variant_id,
    models.Stock.member_id,
    models.Stock.policy,
    models.Stock.offered,
    models.Stock.on_hand,
    models.Stock.reserved,
    models.Stock.version,
    models.Stock.awaited,
)


def _stock(row: Any) -> Stock:
    return Stock(
        row.variant_id,
        row.member_id,
        cast("StockPolicy", row.policy),
        row.offered,
        row.on_hand,
        row.reserved,
        row.version,
        row.awaited,
    )


async def lock(work: Work, variant_ids: Collection[UUID]) -> dict[UUID, Stock]:
    """The stock of these variants, nobody else's to change until this transaction ends."""
    rows = await work.execute(
        select(*_STOCK)
        .where(models.Stock.variant_id == func.any(bindparam("ids", list(variant_ids), ARRAY(Uuid))))
        .order_by(models.Stock.variant_id)
        .with_for_update()
    )
    return {row.variant_id: _stock(row) for row in rows}


async def get(connection: AsyncConnection, variant_id: UUID) -> Stock | None:
    """The stock of a variant as it is just now."""
    row = (await connection.execute(select(*_STOCK).where(models.Stock.variant_id == variant_id))).one_or_none()
    return None if row is None else _stock(row)


async def add(work: Work, new: Iterable[Stock]) -> None:
    """Opens the stock of new variants."""
    rows = [
        {
            "variant_id": one.variant_id,
            "member_id": one.member_id,
            "policy": one.policy,
            "offered": one.offered,
            "on_hand": one.on_hand,
            "reserved": one.reserved,
            "version": one.version,
            "awaited": one.awaited,
        }
        for one in new
    ]
    if rows:
        await work.execute(insert(models.Stock), rows)


_SAVE = text("""
UPDATE stock SET policy = new.policy, offered = new.offered, on_hand = new.on_hand, reserved = new.reserved,
                 version = new.version, awaited = new.awaited
FROM unnest(CAST(:ids AS uuid[]), CAST(:policies AS text[]), CAST(:offered AS boolean[]), CAST(:on_hand AS numeric[]),
            CAST(:reserved AS numeric[]), CAST(:versions AS bigint[]), CAST(:awaited AS numeric[]))
     AS new(variant_id, policy, offered, on_hand, reserved, version, awaited)
WHERE stock.variant_id = new.variant_id
""")


async def save(work: Work, changed: Sequence[Stock]) -> None:
    """Writes stock back that this transaction has locked, in one statement."""
    if changed:
        await work.execute(
            _SAVE,
            {
                "ids": [one.variant_id for one in changed],
                "policies": [one.policy for one in changed],
                "offered": [one.offered for one in changed],
                "on_hand": [one.on_hand for one in changed],
                "reserved": [one.reserved for one in changed],
                "versions": [one.version for one in changed],
                "awaited": [one.awaited for one in changed],
            },
        )


async def record(work: Work, movements: Sequence[Movement], user_id: UUID | None) -> list[UUID]:
    """Writes movements down; returns their ids."""
    rows = [
        {
            "id": new_id(),
            "variant_id": one.variant_id,
            "reason": one.reason,
            "quantity": one.quantity,
            "note": one.note,
            "order_id": one.order_id,
            "user_id": user_id,
            "at": work.now,
        }
        for one in movements
    ]
    if rows:
        await work.execute(insert(models.Movement), rows)
    return [cast("UUID", row["id"]) for row in rows]


async def movements(
    connection: AsyncConnection, variant_id: UUID, before: UUID | None, limit: int
) -> list[RecordedMovement]:
    """A variant's movements, the newest first, older than ``before``."""
    query = (
        select(
            models.Movement.id,
            models.Movement.reason,
            models.Movement.quantity,
            models.Movement.note,
            models.Movement.order_id,
            models.Movement.at,
        )
        .where(models.Movement.variant_id == variant_id)
        .order_by(models.Movement.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(models.Movement.id < before)
    return [
        RecordedMovement(row.id, cast("Reason", row.reason), row.quantity, row.note, row.order_id, row.at)
        for row in await connection.execute(query)
    ]


_LOCK_RESERVATIONS = text("""
SELECT id FROM reservations WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE
""")
_LOCKED_RESERVATIONS = text("""
SELECT id, origin, state, expires_at, variant_id, quantity
FROM reservations LEFT JOIN reserved_lines ON reservation_id = id
WHERE id = ANY(CAST(:ids AS uuid[]))
""")


async def lock_reservations(work: Work, ids: Collection[UUID]) -> dict[UUID, Reservation]:
    """The reservations with these ids, as far as there are any, with what they hold or held.

    Two statements: one that had to wait for a lock sees the locked row as it is then, but its lines as they were before.
    """
    await work.execute(_LOCK_RESERVATIONS, {"ids": list(ids)})
    return _reservations(await work.execute(_LOCKED_RESERVATIONS, {"ids": list(ids)}))


def _reservations(rows: Iterable[Any]) -> dict[UUID, Reservation]:
    found: dict[UUID, Reservation] = {}
    for row in rows:
        lines = dict(found[row.id].lines) if row.id in found else {}
        if row.variant_id is not None:
            lines[row.variant_id] = row.quantity
        found[row.id] = Reservation(row.id, cast("Origin", row.origin), cast("State", row.state), row.expires_at, lines)
    return found


async def overdue(work: Work, limit: int) -> list[UUID]:
    """Reservations that were never confirmed and whose time is up, the oldest first."""
    rows = await work.execute(
        select(models.Reservation.id)
        .where(models.Reservation.state == "held", models.Reservation.expires_at <= work.now)
        .order_by(models.Reservation.expires_at)
        .limit(limit)
    )
    return list(rows.scalars())


_SAVE_RESERVATIONS = text("""
INSERT INTO reservations (id, origin, state, expires_at, created_at, changed_at)
SELECT id, origin, state, expires_at, :now, :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:origins AS text[]), CAST(:states AS text[]), CAST(:expires AS timestamptz[]))
     AS new(id, origin, state, expires_at)
ON CONFLICT (id) DO UPDATE
SET state = EXCLUDED.state, expires_at = EXCLUDED.expires_at, changed_at = EXCLUDED.changed_at
""")


async def save_reservations(work: Work, changed: Sequence[Reservation]) -> None:
    """Writes the reservations' states, in one statement; their lines are ``save_lines``'."""
    if changed:
        await work.execute(
            _SAVE_RESERVATIONS,
            {
                "ids": [one.id for one in changed],
                "origins": [one.origin for one in changed],
                "states": [one.state for one in changed],
                "expires": [one.expires_at for one in changed],
                "now": work.now,
            },
        )


_SAVE_LINES = text("""
INSERT INTO reserved_lines (reservation_id, variant_id, quantity)
SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:variants AS uuid[]), CAST(:quantities AS numeric[]))
ON CONFLICT (reservation_id, variant_id) DO UPDATE SET quantity = EXCLUDED.quantity
""")


async def save_lines(work: Work, lines: Mapping[UUID, Mapping[UUID, Any]]) -> None:
    """Writes what reservations hold, by reservation and variant, in one statement."""
    flat = [(id_, variant, quantity) for id_, held in lines.items() for variant, quantity in held.items()]
    if flat:
        await work.execute(
            _SAVE_LINES,
            {
                "ids": [line[0] for line in flat],
                "variants": [line[1] for line in flat],
                "quantities": [line[2] for line in flat],
            },
        )


async def drop_lines(work: Work, gone: Sequence[tuple[UUID, UUID]]) -> None:
    """Takes lines, by reservation and variant, out of reservations that hold them no more."""
    if gone:
        key = tuple_(models.ReservedLine.reservation_id, models.ReservedLine.variant_id)
        await work.execute(delete(models.ReservedLine).where(key.in_(gone)))


async def holding(work: Work, variant_ids: Collection[UUID], origins: Collection[Origin]) -> list[UUID]:
    """The reservations of these origins that hold some of these variants now."""
    lines = models.ReservedLine
    rows = await work.execute(
        select(models.Reservation.id)
        .join(lines, lines.reservation_id == models.Reservation.id)
        .where(lines.variant_id == func.any(bindparam("ids", list(variant_ids), ARRAY(Uuid))))
        .where(models.Reservation.state.in_(ACTIVE), models.Reservation.origin.in_(origins))
        .distinct()
    )
    return list(rows.scalars())


async def lock_name(work: Work, id_: UUID) -> None:
    """Lets only one transaction at a time make the reservation with this id."""
    await work.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"reservation {id_}", 0))))


async def reservation(connection: AsyncConnection, id_: UUID) -> Reservation | None:
    """A reservation as it is just now."""
    lines = models.ReservedLine
    rows = await connection.execute(
        select(
            models.Reservation.id,
            models.Reservation.origin,
            models.Reservation.state,
            models.Reservation.expires_at,
            lines.variant_id,
            lines.quantity,
        )
        .join(lines, lines.reservation_id == models.Reservation.id, isouter=True)
        .where(models.Reservation.id == id_)
    )
    return _reservations(rows).get(id_)
