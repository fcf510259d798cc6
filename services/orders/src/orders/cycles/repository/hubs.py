"""Statements about diagnoses and hub offers: copies of what the catalog says, and what offers show because of them."""

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from orders.cycles.models import DiagnosisCopy, HubOfferCopy, Variant
from orders.cycles.rules.explained import CostShare, Diagnosis
from orders.cycles.rules.hubs import HubOffer, fee_documents, hub_fees

#: Of the hub offer ``h``, at the instant ``:now``.
IN_FORCE = "h.valid_from <= :now AND (h.valid_until IS NULL OR h.valid_until > :now)"


def sold_at_hubs_only(variant_id: str) -> str:
    """SQL that says whether the variant of that column is sold only where a hub offer of it holds. An offer for a cycle
    keeps it there until that cycle closes."""
    return f"""EXISTS (SELECT FROM hub_offer h LEFT JOIN cycle k ON k.id = h.cycle_id
      WHERE h.variant_id = {variant_id} AND h.exclusive AND {IN_FORCE}
        AND (h.cycle_id IS NULL OR (k.stopped_at IS NULL AND k.closes_at > :now)))"""


_REPLACE = text("""
DELETE FROM hub_price p USING jsonb_to_recordset(CAST(:offers AS jsonb)) AS o(cycle_id uuid, variant_id uuid)
WHERE p.cycle_id = o.cycle_id AND p.variant_id = o.variant_id
""")
_SAVE = text("""
INSERT INTO hub_price (cycle_id, variant_id, hub_offer_id, document)
SELECT p.cycle_id, p.variant_id, p.hub_offer_id, p.document
FROM jsonb_populate_recordset(NULL::hub_price, CAST(:prices AS jsonb)) AS p
ORDER BY p.cycle_id, p.variant_id, p.hub_offer_id
""")


async def save_diagnoses(connection: AsyncConnection, diagnoses: Sequence[Diagnosis], starts: Sequence[Any]) -> None:
    """Keeps these diagnoses; ``starts`` are the first days of their seasons."""
    rows = [
        {
            "id": one.id,
            "product_id": one.product_id,
            "producer_id": one.producer_id,
            "variant_id": one.variant_id,
            "unit": one.unit,
            "season": one.season,
            "season_starts": start,
            "costs": [{"kind": share.kind, "minor": share.minor} for share in one.costs],
            "cost": one.cost,
            "fair_price": one.fair_price,
        }
        for one, start in zip(diagnoses, starts, strict=True)
    ]
    new = insert(DiagnosisCopy).values(rows)
    await connection.execute(
        new.on_conflict_do_update(
            index_elements=[DiagnosisCopy.id],
            set_={name: new.excluded[name] for name in rows[0] if name != "id"},
        )
    )


async def drop_diagnoses(connection: AsyncConnection, ids: Collection[UUID]) -> None:
    await connection.execute(delete(DiagnosisCopy).where(DiagnosisCopy.id.in_(ids)))


async def diagnoses_of(connection: AsyncConnection, product_ids: Collection[UUID]) -> list[Diagnosis]:
    """What is known of what these products cost to make."""
    rows = await connection.execute(
        select(*DiagnosisCopy.__table__.columns).where(DiagnosisCopy.product_id.in_(product_ids))
    )
    return [
        Diagnosis(
            id=row.id,
            product_id=row.product_id,
            producer_id=row.producer_id,
            variant_id=row.variant_id,
            unit=row.unit,
            season=row.season,
            season_starts=row.season_starts.isoformat(),
            costs=tuple(CostShare(share["kind"], share["minor"]) for share in row.costs),
            cost=row.cost,
            fair_price=row.fair_price,
        )
        for row in rows
    ]


async def save_hub_offers(connection: AsyncConnection, offers: Sequence[tuple[HubOffer, UUID]]) -> None:
    """Keeps these hub offers, each with its producer."""
    rows = [
        {
            "id": offer.id,
            "variant_id": offer.variant_id,
            "producer_id": producer_id,
            "pickup_point_id": offer.pickup_point_id,
            "cycle_id": offer.cycle_id,
            "price": offer.price,
            "fees": fee_documents(offer.fees),
            "valid_from": offer.valid_from,
            "valid_until": offer.valid_until,
            "exclusive": offer.exclusive,
            "rank": offer.rank,
        }
        for offer, producer_id in offers
    ]
    new = insert(HubOfferCopy).values(rows)
    await connection.execute(
        new.on_conflict_do_update(
            index_elements=[HubOfferCopy.id],
            set_={name: new.excluded[name] for name in rows[0] if name != "id"},
        )
    )


async def drop_hub_offers(connection: AsyncConnection, ids: Collection[UUID]) -> None:
    """They hold nowhere any more; order lines keep the prices that they were placed with."""
    await connection.execute(delete(HubOfferCopy).where(HubOfferCopy.id.in_(ids)))


async def hub_offers_of(connection: AsyncConnection, variant_ids: Collection[UUID]) -> dict[UUID, list[HubOffer]]:
    """The hub offers of each of these variants, whenever they hold."""
    found: dict[UUID, list[HubOffer]] = {}
    for row in await connection.execute(
        select(*HubOfferCopy.__table__.columns).where(HubOfferCopy.variant_id.in_(variant_ids))
    ):
        found.setdefault(row.variant_id, []).append(
            HubOffer(
                id=row.id,
                variant_id=row.variant_id,
                pickup_point_id=row.pickup_point_id,
                cycle_id=row.cycle_id,
                price=row.price,
                fees=hub_fees(row.fees),
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                exclusive=row.exclusive,
            )
        )
    return found


async def replace_hub_prices(
    connection: AsyncConnection, offers: Sequence[dict[str, Any]], prices: Sequence[dict[str, Any]]
) -> None:
    """What these offers (cycle and variant) show at hubs is now this and nothing else."""
    await connection.execute(_REPLACE, {"offers": json.dumps(list(offers))})
    if prices:
        await connection.execute(_SAVE, {"prices": json.dumps(list(prices))})


async def forget(connection: AsyncConnection, producer_ids: Collection[UUID]) -> None:
    """Nothing is kept of what these producers' products cost, nor of their prices at hubs."""
    await connection.execute(delete(DiagnosisCopy).where(DiagnosisCopy.producer_id.in_(producer_ids)))
    theirs = select(Variant.id).where(Variant.producer_id.in_(producer_ids))
    await connection.execute(
        delete(HubOfferCopy).where(HubOfferCopy.producer_id.in_(producer_ids) | HubOfferCopy.variant_id.in_(theirs))
    )
