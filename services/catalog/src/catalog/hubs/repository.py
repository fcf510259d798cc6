"""Every statement about hub offers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.hubs.models import HubFeeRow, HubOfferRow, KnownCycle, KnownPickup
from catalog.hubs.rules import HubFee, HubOffer, Sold
from catalog.producers.models import Producer
from catalog.products.models import Variant
from contracts.orders import CycleState
from contracts.values import Money
from kit.database import Work

_EXCLUSION = "23P01"
_OFFER: Select[*tuple[Any, ...]] = select(*HubOfferRow.__table__.columns, Variant.product_id, Variant.retired).join(
    Variant, Variant.id == HubOfferRow.variant_id
)


async def sold(work: Work, variant_id: UUID) -> Sold | None:
    """The variant, if there is one."""
    query = select(Variant.id, Variant.product_id, Variant.member_id, Variant.retired).where(Variant.id == variant_id)
    row = (await work.execute(query)).one_or_none()
    return None if row is None else Sold(row.id, row.product_id, row.member_id, row.retired)


async def _offers(connection: AsyncConnection, query: Select[*tuple[Any, ...]]) -> list[HubOffer]:
    rows = list(await connection.execute(query))
    fees: dict[UUID, list[HubFee]] = {}
    if rows:
        currencies = {row.id: row.currency for row in rows}
        found = await connection.execute(
            select(*HubFeeRow.__table__.columns)
            .where(HubFeeRow.hub_offer_id.in_(currencies))
            .order_by(HubFeeRow.hub_offer_id, HubFeeRow.position)
        )
        for fee in found:
            amount = Money(amount=fee.amount, currency=currencies[fee.hub_offer_id])
            fees.setdefault(fee.hub_offer_id, []).append(HubFee(fee.name, amount, fee.payee))
    return [_offer(row, tuple(fees.get(row.id, ()))) for row in rows]


def _offer(row: Row[*tuple[Any, ...]], fees: tuple[HubFee, ...]) -> HubOffer:
    return HubOffer(
        id=row.id,
        sold=Sold(row.variant_id, row.product_id, row.member_id, row.retired),
        pickup_point_id=row.pickup_point_id,
        cycle_id=row.cycle_id,
        price=Money(amount=row.price, currency=row.currency),
        fees=fees,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        exclusive=row.exclusive,
        version=row.version,
        withdrawn_at=row.withdrawn_at,
    )


async def find(connection: AsyncConnection, offer_id: UUID, *, lock: bool = False) -> HubOffer | None:
    """The offer; ``lock`` keeps it as it is until the transaction ends."""
    query = _OFFER.where(HubOfferRow.id == offer_id)
    found = await _offers(connection, query.with_for_update(of=HubOfferRow) if lock else query)
    return found[0] if found else None


async def page(
    connection: AsyncConnection,
    *,
    variant_id: UUID | None,
    pickup_point_id: UUID | None,
    cycle_id: UUID | None,
    ended: datetime | None,
    after: UUID | None,
    limit: int,
) -> list[HubOffer]:
    """Offers by id: those that hold at this instant or later, or with None all that ever were."""
    query = _OFFER.order_by(HubOfferRow.id).limit(limit)
    if ended is not None:
        query = query.where(
            HubOfferRow.withdrawn_at.is_(None),
            or_(HubOfferRow.valid_until.is_(None), HubOfferRow.valid_until > ended),
        )
    if variant_id is not None:
        query = query.where(HubOfferRow.variant_id == variant_id)
    if pickup_point_id is not None:
        query = query.where(HubOfferRow.pickup_point_id == pickup_point_id)
    if cycle_id is not None:
        query = query.where(HubOfferRow.cycle_id == cycle_id)
    if after is not None:
        query = query.where(HubOfferRow.id > after)
    return await _offers(connection, query)


async def of_members(work: Work, member_ids: Collection[UUID]) -> list[HubOffer]:
    """The offers of these members that stand, locked."""
    query = _OFFER.where(HubOfferRow.member_id.in_(member_ids), HubOfferRow.withdrawn_at.is_(None))
    return await _offers(work.connection, query.order_by(HubOfferRow.id).with_for_update(of=HubOfferRow))


async def add(work: Work, offer: HubOffer) -> bool:
    """Adds the offer; False where another one holds for the same variant, place and time."""
    values = _row(offer, work.now) | {
        "id": offer.id,
        "variant_id": offer.sold.variant_id,
        "member_id": offer.sold.member_id,
        "created_at": work.now,
    }
    try:
        async with work.connection.begin_nested():
            await work.execute(insert(HubOfferRow).values(values))
    except IntegrityError as error:
        if _excluded(error):
            return False
        raise
    await _write_fees(work, offer)
    return True


async def save(work: Work, offer: HubOffer) -> bool:
    """Brings an offer up to date; False as ``add``."""
    try:
        async with work.connection.begin_nested():
            await work.execute(update(HubOfferRow).where(HubOfferRow.id == offer.id).values(_row(offer, work.now)))
    except IntegrityError as error:
        if _excluded(error):
            return False
        raise
    await work.execute(delete(HubFeeRow).where(HubFeeRow.hub_offer_id == offer.id))
    await _write_fees(work, offer)
    return True


def _excluded(error: IntegrityError) -> bool:
    return getattr(error.orig, "sqlstate", None) == _EXCLUSION


async def _write_fees(work: Work, offer: HubOffer) -> None:
    rows = [
        {
            "hub_offer_id": offer.id,
            "position": place,
            "name": fee.name,
            "amount": fee.amount.amount,
            "payee": fee.payee,
        }
        for place, fee in enumerate(offer.fees)
    ]
    if rows:
        await work.execute(insert(HubFeeRow), rows)


def _row(offer: HubOffer, now: datetime) -> dict[str, Any]:
    return {
        "pickup_point_id": offer.pickup_point_id,
        "cycle_id": offer.cycle_id,
        "price": offer.price.amount,
        "currency": offer.price.currency,
        "valid_from": offer.valid_from,
        "valid_until": offer.valid_until,
        "exclusive": offer.exclusive,
        "version": offer.version,
        "withdrawn_at": offer.withdrawn_at,
        "changed_at": now,
    }


async def known_cycles(work: Work, cycle_id: UUID | None) -> frozenset[UUID]:
    """The cycle, if orders has told of it."""
    return frozenset((await work.execute(select(KnownCycle.id).where(KnownCycle.id == cycle_id))).scalars())


async def known_pickups(work: Work, point_id: UUID | None) -> frozenset[tuple[UUID, UUID]]:
    """The cycles that hand out at this point, with it."""
    query = select(KnownPickup.cycle_id, KnownPickup.pickup_point_id).where(KnownPickup.pickup_point_id == point_id)
    return frozenset((row.cycle_id, row.pickup_point_id) for row in await work.execute(query))


async def known_members(work: Work, member_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these members that the members piece has told of."""
    query = select(Producer.member_id).where(Producer.member_id.in_(member_ids))
    return frozenset((await work.execute(query)).scalars())


async def learn(work: Work, cycles: Sequence[CycleState]) -> None:
    """Notes cycles with their pickup points as they now are."""
    new = upsert(KnownCycle)
    await work.execute(
        new.on_conflict_do_update(
            index_elements=[KnownCycle.id],
            set_={"name": new.excluded.name, "closes_at": new.excluded.closes_at},
        ),
        [{"id": cycle.cycle_id, "name": cycle.name, "closes_at": cycle.closes_at} for cycle in cycles],
    )
    await work.execute(delete(KnownPickup).where(KnownPickup.cycle_id.in_([cycle.cycle_id for cycle in cycles])))
    pickups = {(cycle.cycle_id, pickup.pickup_point_id): pickup.name for cycle in cycles for pickup in cycle.pickups}
    if pickups:
        await work.execute(
            insert(KnownPickup),
            [{"cycle_id": cycle, "pickup_point_id": point, "name": name} for (cycle, point), name in pickups.items()],
        )
