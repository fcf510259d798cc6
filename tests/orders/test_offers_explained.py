"""What a price is made of and where it holds, in offers, orders and books."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts.catalog import (
    CostPart,
    DiagnosisPublished,
    DiagnosisState,
    DiagnosisWithdrawn,
    HubFee,
    HubOffered,
    HubOfferState,
    HubOfferWithdrawn,
    ProductPublished,
    VariantState,
)
from contracts.members import MemberErased
from kit.ids import new_id
from kit.testing.pieces import eventually
from tests.orders.shop import OpenCycle, Shop, pesos, variant

NOW = datetime.now(UTC)
SUMMARY = {"es": "El precio queda 1.20 MXN por debajo del costo", "en": "The price is 1.20 MXN below the cost"}
COSTS = {"labour": "3.60", "inputs": "2.44", "energy": "0.31", "transport": "1.44", "depreciation": "0.94"}


def diagnosis[F: DiagnosisState](
    fact: type[F], product: ProductPublished, *, season: int = 2026, diagnosis_id: UUID | None = None, **more: Any
) -> F:
    """8.73 a kilo."""
    return fact.model_validate(
        {
            "diagnosis_id": diagnosis_id or new_id(),
            "product_id": product.product_id,
            "producer_id": product.producer_id,
            "variant_id": product.variants[0].variant_id,
            "unit": "KGM",
            "season": f"Primavera–verano {season}",
            "season_starts": date(season, 3, 1),
            "season_ends": date(season, 8, 31),
            "costs": [CostPart.model_validate({"kind": kind, "per_unit": pesos(each)}) for kind, each in COSTS.items()],
            "cost": pesos("8.73"),
            "margin": Decimal(20),
            "fair_price": pesos("10.48"),
            **more,
        }
    )


def hub_offer[F: HubOfferState](fact: type[F], product: ProductPublished, price: str, **more: Any) -> F:
    return fact.model_validate(
        {
            "hub_offer_id": new_id(),
            "variant_id": product.variants[0].variant_id,
            "product_id": product.product_id,
            "producer_id": product.producer_id,
            "pickup_point_id": None,
            "cycle_id": None,
            "price": pesos(price),
            "fees": [],
            "valid_from": NOW - timedelta(days=1),
            "valid_until": None,
            "exclusive": False,
            **more,
        }
    )


async def shown(cycle: OpenCycle, done: Any = lambda _: True, **params: Any) -> list[dict[str, Any]]:
    """The cycle's offers, as soon as they are so."""

    async def look() -> list[dict[str, Any]]:
        answer = await cycle.shop.get(f"/v1/cycles/{cycle.id}/offers", **params)
        found: list[dict[str, Any]] = answer["items"]
        return found

    return await eventually(look, done)


def minor(amounts: Sequence[dict[str, Any]]) -> int:
    return sum(round(Decimal(part["amount"]["amount"]) * 100) for part in amounts)


@pytest.fixture
async def product(shop: Shop) -> ProductPublished:
    return await shop.product(new_id(), [variant("7.53", credit_share=0)])


@pytest.fixture
async def cycle(shop: Shop, product: ProductPublished) -> OpenCycle:
    cycle = await shop.cycle([product.producer_id], 1)
    await shop.stock(product.variants[0].variant_id, "100")
    return cycle


async def test_an_offer_says_how_the_producers_part_is_made_up_in_every_language(
    shop: Shop, product: ProductPublished, cycle: OpenCycle
) -> None:
    [plain] = await shown(cycle, lambda found: found[0]["available"])
    assert plain["explained"] is None
    fact = diagnosis(DiagnosisPublished, product)
    await shop.spy.publish(fact, subject=fact.diagnosis_id)
    [offer] = await shown(cycle, lambda found: found[0]["explained"])

    assert offer["explained"]["summary"] == SUMMARY, "in all languages, so that the list is the same for everybody"
    assert (offer["explained"]["gap"], offer["explained"]["fair_price"]) == (
        {"amount": "-1.20", "currency": "MXN"},
        {"amount": "10.48", "currency": "MXN"},
    )
    producer, fee = offer["breakdown"]
    assert (minor([producer]), minor(producer["made_of"]), minor([producer, fee])) == (753, 753, 791)
    assert producer["made_of"][-1] == {"kind": "shortfall", "amount": {"amount": "-1.20", "currency": "MXN"}}
    assert "made_of" not in fee

    gone = diagnosis(DiagnosisWithdrawn, product, diagnosis_id=fact.diagnosis_id)
    await shop.spy.publish(gone, subject=fact.diagnosis_id, version=2)
    assert await shown(cycle, lambda found: found[0]["explained"] is None) == [plain]


async def test_the_last_seasons_diagnosis_counts_also_if_it_comes_before_the_product(shop: Shop) -> None:
    seen = await shop.product(new_id(), [variant("12.00")])
    product = ProductPublished.model_validate(seen.model_dump() | {"product_id": new_id()})
    for season, cost in ((2026, "8.73"), (2025, "5.00")):
        fact = diagnosis(DiagnosisPublished, product, season=season, costs=[], cost=pesos(cost))
        await shop.spy.publish(fact, subject=fact.diagnosis_id)
    await shop.spy.publish(product, subject=product.product_id)
    cycle = await shop.cycle([product.producer_id], 1)
    [offer] = await shown(cycle, lambda found: found[0]["explained"])
    assert offer["explained"]["season"] == "Primavera–verano 2026"


async def test_an_orders_lines_keep_what_was_said_when_it_was_placed(
    shop: Shop, product: ProductPublished, cycle: OpenCycle
) -> None:
    fact = diagnosis(DiagnosisPublished, product)
    await shop.spy.publish(fact, subject=fact.diagnosis_id)
    await shown(cycle, lambda found: found[0]["explained"])
    family = await shop.family()
    order = await cycle.order(family, (product.variants[0].variant_id, "2.5"))

    [line] = order["lines"]
    producer, fee = line["breakdown"]
    assert minor(line["breakdown"]) == minor([{"amount": line["total"]}])
    assert minor(producer["made_of"]) == minor([producer])
    assert [part["kind"] for part in producer["made_of"]] == [*COSTS, "shortfall"]
    assert (fee["name"], fee["payee"]) == ("Transport", "network")
    assert line["explained"]["summary"] == SUMMARY
    assert line["hub_offer_id"] is None

    costs = [{"kind": "labour", "per_unit": pesos("9.99")}]
    dearer = diagnosis(DiagnosisPublished, product, diagnosis_id=fact.diagnosis_id, cost=pesos("9.99"), costs=costs)
    await shop.spy.publish(dearer, subject=fact.diagnosis_id, version=2)
    await shown(cycle, lambda found: found[0]["explained"]["cost"]["amount"] == "9.99")
    assert (await shop.get(f"/v1/orders/{order['id']}"))["lines"] == order["lines"]


async def test_the_most_special_price_is_shown_charged_and_settled_to_zero_with_its_fees(
    shop: Shop, product: ProductPublished, cycle: OpenCycle
) -> None:
    host = await shop.family("Tienda La Esquina")
    cold = HubFee(name="Cold room", amount=pesos("0.50"), payee=str(host.id))
    at_point = hub_offer(HubOffered, product, "9.00", pickup_point_id=cycle.pickup_point_id, fees=[cold])
    in_cycle = hub_offer(HubOffered, product, "8.00", cycle_id=cycle.id)
    for fact in (at_point, in_cycle):
        await shop.spy.publish(fact, subject=fact.hub_offer_id)
    here: dict[str, Any] = {"pickup_point_id": str(cycle.pickup_point_id)}
    [offer] = await shown(cycle, lambda found: found[0]["hub_offer"], **here)
    await shown(cycle, lambda found: found[0]["price"]["amount"] == "8.40")

    await shop.spy.publish(
        hub_offer(HubOfferWithdrawn, product, "8.00", cycle_id=cycle.id, hub_offer_id=in_cycle.hub_offer_id),
        subject=in_cycle.hub_offer_id,
        version=2,
    )
    [offer] = await shown(cycle, lambda found: found[0]["price"]["amount"] == "9.95", **here)
    assert (offer["hub_offer"]["id"], offer["hub_offer"]["exclusive"]) == (str(at_point.hub_offer_id), False)
    assert [(part["name"], part["amount"]["amount"]) for part in offer["breakdown"]] == [
        ("Rancho El Sol", "9.00"),
        ("Transport", "0.45"),
        ("Cold room", "0.50"),
    ]
    [without] = await shown(cycle)
    assert (without["price"]["amount"], without["hub_offer"]) == ("7.91", None)

    family = await shop.family()
    order = await cycle.order(family, (product.variants[0].variant_id, "3"))
    [line] = order["lines"]
    assert (line["price"]["amount"], line["total"]["amount"]) == ("9.00", "29.85")
    assert line["hub_offer_id"] == str(at_point.hub_offer_id)
    assert [part["amount"]["amount"] for part in order["breakdown"]] == ["27.00", "1.35", "1.50"]

    changed = hub_offer(
        HubOffered,
        product,
        "99.00",
        pickup_point_id=cycle.pickup_point_id,
        hub_offer_id=at_point.hub_offer_id,
    )
    await shop.spy.publish(changed, subject=at_point.hub_offer_id, version=2)
    await shown(cycle, lambda found: found[0]["price"]["amount"] == "103.95", **here)

    await shop.post(f"/v1/cycles/{cycle.id}/close")
    [purchase] = (await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders"))["items"]
    received = {"lines": [{"variant_id": line["variant_id"], "accepted": "3", "rejected": "0"}]}
    await shop.post(f"/v1/purchase-orders/{purchase['id']}/receive", received)
    body = {"lines": [{"line_id": line["line_id"], "packed": "2.9"}], "payment": {"method": "account"}}
    collected = await shop.post(f"/v1/orders/{order['id']}/collect", body)
    assert minor(collected["lines"][0]["breakdown"]) == minor(collected["breakdown"]) == 2886
    await shop.post(f"/v1/cycles/{cycle.id}/settle", {}, shop.treasurer)
    settled = await shop.get(f"/v1/cycles/{cycle.id}/settlement", shop.treasurer)
    assert settled["difference"]["amount"] == "0.00"
    assert sorted((fee["name"], fee["amount"]["amount"]) for fee in settled["fees"]) == [
        ("Cold room", "1.45"),
        ("Transport", "1.31"),
    ]


async def test_what_is_sold_at_certain_points_only_is_refused_elsewhere(
    shop: Shop, product: ProductPublished, cycle: OpenCycle
) -> None:
    other = await shop.pickup_point()
    only = hub_offer(HubOffered, product, "9.00", pickup_point_id=other, exclusive=True)
    await shop.spy.publish(only, subject=only.hub_offer_id)
    assert await shown(cycle, lambda found: not found) == []
    assert await shown(cycle, pickup_point_id=str(cycle.pickup_point_id)) == []
    family = await shop.family()
    wish = cycle.wish((product.variants[0].variant_id, "1"))
    answer = await shop.client.post("/v1/orders", json=wish, headers=family.headers)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "urn:trama:problem:variant-not-at-pickup")
    assert problem["errors"][0]["pointer"] == "/lines/0/variant_id"

    here = hub_offer(HubOffered, product, "8.50", pickup_point_id=cycle.pickup_point_id)
    await shop.spy.publish(here, subject=here.hub_offer_id)
    [offer] = await shown(cycle, bool)
    assert (offer["price"]["amount"], offer["hub_offer"]["pickup_point_id"]) == ("8.92", str(cycle.pickup_point_id))
    order = await cycle.order(family, (product.variants[0].variant_id, "1"))
    assert order["lines"][0]["price"]["amount"] == "8.50"


async def test_a_price_that_is_to_come_or_over_changes_nothing(
    shop: Shop, product: ProductPublished, cycle: OpenCycle
) -> None:
    to_come = hub_offer(HubOffered, product, "1.00", cycle_id=cycle.id, valid_from=NOW + timedelta(hours=1))
    over = hub_offer(HubOffered, product, "2.00", pickup_point_id=cycle.pickup_point_id, valid_until=NOW)
    ended_only = hub_offer(
        HubOffered, product, "3.00", cycle_id=new_id(), exclusive=True, valid_until=NOW - timedelta(hours=1)
    )
    of_no_open_cycle = hub_offer(HubOffered, product, "4.00", cycle_id=new_id(), exclusive=True)
    for fact in (to_come, over, ended_only, of_no_open_cycle):
        await shop.spy.publish(fact, subject=fact.hub_offer_id)

    async def heard() -> int:
        async with shop.piece.database.reading() as connection:
            return len(list(await connection.exec_driver_sql("SELECT 1 FROM hub_offer")))

    await eventually(heard, lambda count: count == 4)
    [offer] = await shown(cycle, pickup_point_id=str(cycle.pickup_point_id))
    assert (offer["price"]["amount"], offer["hub_offer"]) == ("7.91", None)
    order = await cycle.order(await shop.family(), (product.variants[0].variant_id, "1"))
    assert order["lines"][0]["price"]["amount"] == "7.53"


async def test_placing_takes_as_many_statements_with_prices_of_hubs_as_without(
    shop: Shop, product: ProductPublished, cycle: OpenCycle
) -> None:
    family = await shop.family()
    wish = cycle.wish((product.variants[0].variant_id, "1"))

    async def statements() -> int:
        with shop.piece.counted_queries() as counted:
            await shop.post("/v1/orders", wish, family.headers)
        return len(counted)

    before = await statements()
    for fact in (
        hub_offer(HubOffered, product, "9.00", pickup_point_id=cycle.pickup_point_id, exclusive=True),
        hub_offer(HubOffered, product, "8.00", cycle_id=cycle.id),
    ):
        await shop.spy.publish(fact, subject=fact.hub_offer_id)
    await shown(cycle, lambda found: found[0]["price"]["amount"] == "8.40")
    assert await statements() == before


async def test_an_offer_shows_deposit_tax_content_allergens_season_and_session(shop: Shop) -> None:
    more = {
        "tax_rate": Decimal(16),
        "tax_included": True,
        "deposit": {"name": "Frasco", "price": pesos("8.00")},
        "net_content": {"quantity": Decimal(500), "unit": "GRM"},
        "season": [{"start": "06-15", "end": "09-30"}],
        "session": {"starts_at": NOW, "ends_at": NOW + timedelta(hours=2), "place": {"name": "Salón"}},
    }
    one: VariantState = variant("30.00", unit="H87", name="Frasco 500 g", **more)
    made = await shop.product(new_id(), [one])
    allergens = {"contains": ["milk"], "may_contain": []}
    told = ProductPublished.model_validate(made.model_dump() | {"allergens": allergens})
    await shop.spy.publish(told, subject=made.product_id, version=2)
    cycle = await shop.cycle([made.producer_id], 1)
    [offer] = await shown(cycle, lambda found: found and found[0]["allergens"])
    assert offer["allergens"] == {"contains": ["milk"], "may_contain": []}
    assert (offer["tax_rate"], offer["deposit"]["price"]["amount"], offer["net_content"]["unit"]) == (
        "16",
        "8.00",
        "GRM",
    )
    assert (offer["season"], offer["session"]["place"]["name"]) == ([{"start": "06-15", "end": "09-30"}], "Salón")
    assert offer["price"]["amount"] == "31.50", "a deposit is shown, and not in the price"


async def test_what_a_producer_spent_is_forgotten_with_it_and_what_was_paid_is_not(
    shop: Shop, product: ProductPublished, cycle: OpenCycle
) -> None:
    fact = diagnosis(DiagnosisPublished, product)
    hub = hub_offer(HubOffered, product, "7.53", cycle_id=cycle.id)
    await shop.spy.publish(fact, subject=fact.diagnosis_id)
    await shop.spy.publish(hub, subject=hub.hub_offer_id)
    await shown(cycle, lambda found: found[0]["explained"] and found[0]["hub_offer"])
    order = await cycle.order(await shop.family(), (product.variants[0].variant_id, "1"))
    await shop.spy.publish(MemberErased(member_id=product.producer_id), subject=product.producer_id, version=5)
    address = f"/v1/orders/{order['id']}"
    after = await eventually(lambda: shop.get(address), lambda found: found["lines"][0]["explained"] is None)
    [line] = after["lines"]
    assert line["breakdown"][0]["name"] == "—"
    assert "made_of" not in line["breakdown"][0]
    assert minor(line["breakdown"]) == minor([{"amount": line["total"]}])
    [offer] = await shown(cycle)
    assert (offer["explained"], offer["hub_offer"]) == (None, None)
    assert "made_of" not in offer["breakdown"][0]
