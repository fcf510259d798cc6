"""Statements about pickup points and cycles."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from orders.base import AnyRow
from orders.cycles.models import Cycle, CycleFee, CyclePickup, CycleSupplier, PickupPoint

#: A cycle with all that belongs to it, in one row.
_CYCLE = """
SELECT c.*,
  ARRAY(SELECT s.supplier_id FROM cycle_supplier s WHERE s.cycle_id = c.id ORDER BY s.supplier_id) AS supplier_ids,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'kind', f.kind, 'value', f.value::text,
      'payee', f.payee, 'threshold', f.threshold::text, 'discounted', f.discounted::text) ORDER BY f.position), '[]')
   FROM cycle_fee f WHERE f.cycle_id = c.id) AS fees,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('pickup_point_id', k.pickup_point_id, 'name', p.name,
      'address', p.address, 'lat', p.lat, 'lon', p.lon, 'starts_at', k.starts_at, 'ends_at', k.ends_at)
      ORDER BY k.starts_at, k.pickup_point_id), '[]')
   FROM cycle_pickup k JOIN pickup_point p ON p.id = k.pickup_point_id WHERE k.cycle_id = c.id) AS pickups
FROM cycle c
"""
_CYCLE_BY_ID = text(_CYCLE + " WHERE c.id = :id")
_CYCLES = text(
    _CYCLE
    + """
WHERE CAST(:opens_at AS timestamptz) IS NULL
   OR (c.opens_at, c.id) < (CAST(:opens_at AS timestamptz), CAST(:id AS uuid))
ORDER BY c.opens_at DESC, c.id DESC LIMIT :limit
"""
)
_LIVE = """
WHERE c.stopped_at IS NULL AND c.closes_at > :now
  AND c.id IN (SELECT cycle_id FROM cycle_supplier WHERE supplier_id = ANY(CAST(:suppliers AS uuid[])))
ORDER BY c.id
"""
_LIVE_CYCLES = text(_CYCLE + _LIVE)


async def add_pickup_point(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if there is one of this id already."""
    statement = upsert(PickupPoint).values(**values).on_conflict_do_nothing().returning(PickupPoint.id)
    return (await connection.execute(statement)).first() is not None


async def pickup_point(connection: AsyncConnection, point_id: UUID) -> AnyRow | None:
    return (await connection.execute(select(*_POINT).where(PickupPoint.id == point_id))).one_or_none()


_POINT = (PickupPoint.id, PickupPoint.name, PickupPoint.address, PickupPoint.lat, PickupPoint.lon)


async def pickup_points(connection: AsyncConnection, after: UUID | None, limit: int) -> Sequence[AnyRow]:
    statement = select(*_POINT).order_by(PickupPoint.id).limit(limit)
    if after is not None:
        statement = statement.where(PickupPoint.id > after)
    return (await connection.execute(statement)).all()


async def known_pickup_points(connection: AsyncConnection, ids: Collection[UUID]) -> set[UUID]:
    rows = await connection.execute(select(PickupPoint.id).where(PickupPoint.id.in_(ids)))
    return set(rows.scalars())


async def add_cycle(
    connection: AsyncConnection,
    cycle: dict[str, Any],
    *,
    supplier_ids: Sequence[UUID],
    pickups: Sequence[dict[str, Any]],
    fees: Sequence[dict[str, Any]],
) -> bool:
    """False if there is one of this id already."""
    statement = upsert(Cycle).values(**cycle).on_conflict_do_nothing().returning(Cycle.id)
    if (await connection.execute(statement)).first() is None:
        return False
    owner = {"cycle_id": cycle["id"]}
    suppliers = [owner | {"supplier_id": supplier} for supplier in supplier_ids]
    await connection.execute(insert(CycleSupplier), suppliers)
    await connection.execute(insert(CyclePickup), [owner | pickup for pickup in pickups])
    if fees:
        await connection.execute(
            insert(CycleFee), [owner | {"position": position} | fee for position, fee in enumerate(fees)]
        )
    return True


async def cycle_by_id(connection: AsyncConnection, cycle_id: UUID) -> AnyRow | None:
    return (await connection.execute(_CYCLE_BY_ID, {"id": cycle_id})).one_or_none()


async def cycles(connection: AsyncConnection, after: tuple[datetime, UUID] | None, limit: int) -> Sequence[AnyRow]:
    """Newest first."""
    opens_at, cycle_id = after or (None, None)
    return (await connection.execute(_CYCLES, {"opens_at": opens_at, "id": cycle_id, "limit": limit})).all()


async def lock_cycle(connection: AsyncConnection, cycle_id: UUID) -> AnyRow | None:
    """The cycle's dates, locked: orders that are being placed in it are waited for, and wait."""
    statement = (
        select(
            Cycle.id,
            Cycle.opens_at,
            Cycle.closes_at,
            Cycle.stopped_at,
            Cycle.closed_at,
            Cycle.settling_at,
            Cycle.settled_at,
            Cycle.sharing,
            Cycle.currency,
        )
        .where(Cycle.id == cycle_id)
        .with_for_update(key_share=True)
    )
    return (await connection.execute(statement)).one_or_none()


async def mark_cycle(connection: AsyncConnection, cycle_id: UUID, **instants: datetime) -> int:
    """Notes what happened to a cycle; returns its new version."""
    statement = (
        update(Cycle).where(Cycle.id == cycle_id).values(version=Cycle.version + 1, **instants).returning(Cycle.version)
    )
    return int((await connection.execute(statement)).scalar_one())


async def cycles_to_close(connection: AsyncConnection, now: datetime, limit: int) -> Sequence[UUID]:
    """Those whose time has come, or whose closing waited for orders under way."""
    statement = (
        select(Cycle.id)
        .where(Cycle.closed_at.is_(None), or_(Cycle.closes_at <= now, Cycle.stopped_at.is_not(None)))
        .order_by(Cycle.closes_at)
        .limit(limit)
    )
    return (await connection.execute(statement)).scalars().all()


async def tariffs_of_live_cycles(
    connection: AsyncConnection, supplier_ids: Collection[UUID], now: datetime
) -> Sequence[AnyRow]:
    """The cycles not closed yet that one of these suppliers is in: id, currency, suppliers, fees."""
    return (await connection.execute(_LIVE_CYCLES, {"now": now, "suppliers": list(supplier_ids)})).all()
