"""Use cases of pickup points, cycles and offers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.orders import CyclePublished
from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound
from kit.ids import new_id
from kit.language import texts_of
from orders.base import AnyRow
from orders.cycles.events import cycle_fact
from orders.cycles.repository import cycles as repository
from orders.cycles.repository import hubs, offers
from orders.cycles.rules.dates import check_dates, check_pickup
from orders.cycles.rules.explained import Diagnosis, newest
from orders.cycles.rules.fees import COMMON_PAYEES, Fee, Tariff, check_fees
from orders.cycles.rules.hubs import HubOffer
from orders.cycles.rules.offers import SoldVariant, Told, hub_document, offer_document, sort_key
from orders.settings import Settings


@dataclass(frozen=True, slots=True)
class Pickup:
    """A pickup point in a cycle."""

    pickup_point_id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class CycleWish:
    """A cycle as a coordinator wants it."""

    id: UUID | None
    name: str
    opens_at: datetime
    closes_at: datetime
    supplier_ids: Sequence[UUID]
    pickups: Sequence[Pickup]
    fees: Sequence[Fee]
    sharing: str


async def create_pickup_point(
    work: Work, *, point_id: UUID | None, name: str, address: str, lat: float | None, lon: float | None
) -> UUID:
    """Adds a pickup point; the same one again, by the client's own id, is that one. Raises Conflict for another."""
    wanted_id = point_id or new_id()
    wanted = {"id": wanted_id, "name": name, "address": address, "lat": lat, "lon": lon}
    if not await repository.add_pickup_point(work.connection, wanted | {"created_at": work.now}):
        known = await repository.pickup_point(work.connection, wanted_id)
        if known is None or dict(known._mapping) != wanted:
            raise Conflict("id_taken", "This id belongs to something else; take a new one")
    return wanted_id


async def create_cycle(work: Work, wish: CycleWish, settings: Settings) -> UUID:
    """Plans a cycle and offers in it what its suppliers have published. Raises Invalid with a pointer."""
    check_dates(wish.opens_at, wish.closes_at)
    currency = settings.currency
    check_fees(wish.fees, currency)
    if settings.deployed("members"):
        await _check_payees(work.connection, wish.fees)
    await _check_pickups(work.connection, wish)
    await offers.one_at_a_time(work.connection)
    cycle_id = wish.id or new_id()
    supplier_ids = list(dict.fromkeys(wish.supplier_ids))
    added = await repository.add_cycle(
        work.connection,
        {
            "id": cycle_id,
            "name": wish.name,
            "opens_at": wish.opens_at,
            "closes_at": wish.closes_at,
            "sharing": wish.sharing,
            "currency": currency,
            "version": 1,
            "created_at": work.now,
        },
        supplier_ids=supplier_ids,
        pickups=[
            {"pickup_point_id": pickup.pickup_point_id, "starts_at": pickup.starts_at, "ends_at": pickup.ends_at}
            for pickup in wish.pickups
        ],
        fees=[_fee_row(fee) for fee in wish.fees],
    )
    cycle = await cycle_or_not_found(work.connection, cycle_id)
    if not added:
        if (cycle.name, cycle.opens_at, cycle.closes_at) != (wish.name, wish.opens_at, wish.closes_at):
            raise Conflict("id_taken", "This id belongs to something else; take a new one")
        return cycle_id
    variants = [sold_variant(row) for row in await offers.variants_of_suppliers(work.connection, supplier_ids)]
    points = frozenset(pickup.pickup_point_id for pickup in wish.pickups)
    await _offer(work.connection, [Selling(cycle_id, Tariff(currency, tuple(wish.fees)), points, variants)])
    work.stage(cycle_fact(CyclePublished, cycle), subject=cycle_id, version=1)
    return cycle_id


async def _check_payees(connection: AsyncConnection, fees: Sequence[Fee]) -> None:
    """A fee for an account that does not exist would be found out only when the ledger can't post it."""
    payees = {index: UUID(fee.payee) for index, fee in enumerate(fees) if fee.payee not in COMMON_PAYEES}
    known = await offers.known_members(connection, set(payees.values())) if payees else set()
    for index, payee in payees.items():
        if payee not in known:
            raise Invalid("unknown_payee", "The payee is network, fund or a member's id", field=f"/fees/{index}/payee")


async def _check_pickups(connection: AsyncConnection, wish: CycleWish) -> None:
    known = await repository.known_pickup_points(connection, {pickup.pickup_point_id for pickup in wish.pickups})
    seen: set[UUID] = set()
    for index, pickup in enumerate(wish.pickups):
        check_pickup(index, pickup.starts_at, pickup.ends_at)
        where = f"/pickups/{index}/pickup_point_id"
        if pickup.pickup_point_id not in known:
            raise Invalid("unknown_pickup_point", "There is no such pickup point", field=where)
        if pickup.pickup_point_id in seen:
            raise Invalid("pickup_point_twice", "Write each pickup point once", field=where)
        seen.add(pickup.pickup_point_id)


def _fee_row(fee: Fee) -> dict[str, Any]:
    return {
        "name": fee.name,
        "kind": fee.kind,
        "value": fee.value,
        "payee": fee.payee,
        "threshold": fee.threshold,
        "discounted": fee.discounted,
    }


def tariff_of(currency: str, fees: Iterable[Mapping[str, Any]]) -> Tariff:
    """A cycle's tariff from its fees as JSON."""
    return Tariff(
        currency,
        tuple(
            Fee(
                name=fee["name"],
                kind=fee["kind"],
                value=Decimal(fee["value"]),
                payee=fee["payee"],
                threshold=None if fee["threshold"] is None else Decimal(fee["threshold"]),
                discounted=None if fee["discounted"] is None else Decimal(fee["discounted"]),
            )
            for fee in fees
        ),
    )


def sold_variant(row: AnyRow) -> SoldVariant:
    """A variant from its row."""
    return SoldVariant(**{**row._mapping, "practices": tuple(row.practices)})


async def cycle_or_not_found(connection: AsyncConnection, cycle_id: UUID) -> AnyRow:
    """The cycle with all that belongs to it. Raises NotFound."""
    cycle = await repository.cycle_by_id(connection, cycle_id)
    if cycle is None:
        raise NotFound("cycle_not_found", "There is no such cycle")
    return cycle


async def publish_variants(work: Work, product_ids: Collection[UUID], variants: Sequence[SoldVariant]) -> None:
    """These are now all the variants of these products: offered in every cycle of their producers not yet closed."""
    await offers.one_at_a_time(work.connection)
    gone = set(await offers.variants_of_products(work.connection, product_ids)) - {variant.id for variant in variants}
    if gone:
        await offers.withdraw_variants(work.connection, gone)
    if not variants:
        return
    await offers.save_variants(work.connection, [_variant_row(variant) for variant in variants])
    await _offer_again(work, variants)


async def _offer_again(work: Work, variants: Sequence[SoldVariant]) -> None:
    """Makes anew what cycles not yet closed show of these variants."""
    producers = {variant.producer_id for variant in variants}
    cycles = await repository.tariffs_of_live_cycles(work.connection, producers, work.now)
    await _offer(
        work.connection,
        [
            Selling(
                cycle.id,
                tariff_of(cycle.currency, cycle.fees),
                frozenset(UUID(pickup["pickup_point_id"]) for pickup in cycle.pickups),
                [variant for variant in variants if variant.producer_id in cycle.supplier_ids],
            )
            for cycle in cycles
        ],
    )


async def explain(
    work: Work, diagnoses: Sequence[Diagnosis], starts: Sequence[date], withdrawn: Collection[tuple[UUID, UUID]] = ()
) -> None:
    """Takes in what products cost to make (``starts``: the first days of the seasons), and lets go of what was
    ``withdrawn`` (diagnosis and product). Offers say so from now on; orders keep what they were placed with."""
    await offers.one_at_a_time(work.connection)
    if diagnoses:
        await hubs.save_diagnoses(work.connection, diagnoses, starts)
    if withdrawn:
        await hubs.drop_diagnoses(work.connection, [diagnosis_id for diagnosis_id, _ in withdrawn])
    products = {one.product_id for one in diagnoses} | {product_id for _, product_id in withdrawn}
    rows = await offers.variants_by_ids(work.connection, product_ids=products)
    await _offer_again(work, [sold_variant(row) for row in rows])


async def offer_at_hubs(work: Work, offered: Sequence[tuple[HubOffer, UUID]], withdrawn: Collection[UUID] = ()) -> None:
    """Takes in prices of pickup points and cycles, each with its producer, and lets go of what was ``withdrawn``."""
    await offers.one_at_a_time(work.connection)
    if withdrawn:
        await hubs.drop_hub_offers(work.connection, withdrawn)
    if offered:
        await hubs.save_hub_offers(work.connection, offered)
        rows = await offers.variants_by_ids(work.connection, ids={offer.variant_id for offer, _ in offered})
        await _offer_again(work, [sold_variant(row) for row in rows])


def _variant_row(variant: SoldVariant) -> dict[str, Any]:
    return {
        "id": str(variant.id),
        "product_id": str(variant.product_id),
        "producer_id": str(variant.producer_id),
        "producer_name": variant.producer_name,
        "name": variant.name,
        "variant_name": variant.variant_name,
        "kind": variant.kind,
        "description": variant.description,
        "category": variant.category,
        "practices": list(variant.practices),
        "unit": variant.unit,
        "price": variant.price,
        "case_size": str(variant.case_size),
        "step": str(variant.step),
        "minimum": str(variant.minimum),
        "variable_weight": variant.variable_weight,
        "credit_share": variant.credit_share,
        "stock_policy": variant.stock_policy,
        "extras": dict(variant.extras),
    }


@dataclass(frozen=True, slots=True)
class Selling:
    """What a cycle sells, with which fees, and where it hands out."""

    cycle_id: UUID
    tariff: Tariff
    points: frozenset[UUID]
    variants: Sequence[SoldVariant]


async def _offer(connection: AsyncConnection, cycles: Sequence[Selling]) -> None:
    """Writes what is shown of these variants in these cycles, with their prices at hubs: the same number of statements
    however many there are."""
    sold = {variant.id: variant for cycle in cycles for variant in cycle.variants}
    if not sold:
        return
    diagnoses = await hubs.diagnoses_of(connection, {variant.product_id for variant in sold.values()})
    by_product: dict[UUID, list[Diagnosis]] = {}
    for one in diagnoses:
        by_product.setdefault(one.product_id, []).append(one)
    explained = {
        variant.id: newest(by_product.get(variant.product_id, ()), variant.product_id, variant.id, variant.unit)
        for variant in sold.values()
    }
    at_hubs = await hubs.hub_offers_of(connection, sold)
    rows: list[dict[str, Any]] = []
    prices: list[dict[str, Any]] = []
    for cycle in cycles:
        for variant in cycle.variants:
            found = explained[variant.id]
            told = Told(cycle.tariff, found.document if found else None, texts_of("orders"))
            whose = {"cycle_id": str(cycle.cycle_id), "variant_id": str(variant.id)}
            rows.append(
                whose
                | {
                    "sort_key": sort_key(variant),
                    "document": offer_document(variant, told),
                    "diagnosis": told.diagnosis,
                }
            )
            prices += [
                whose | {"hub_offer_id": str(offer.id), "document": hub_document(variant, told, offer)}
                for offer in at_hubs.get(variant.id, ())
                if offer.cycle_id in (None, cycle.cycle_id)
                and (offer.pickup_point_id is None or offer.pickup_point_id in cycle.points)
            ]
    await offers.save_offers(connection, rows)
    await hubs.replace_hub_prices(connection, rows, prices)
