"""Planning cycles: what they are, when they are what, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.orders import CyclePublished
from kit.ids import new_id
from kit.testing.pieces import eventually
from tests.orders.shop import Shop, variant

NOW = datetime.now(UTC)


def plan(point: object, **changes: Any) -> dict[str, Any]:
    """A cycle of a day at a pickup point."""
    return {
        "name": "Semana 12",
        "opens_at": NOW.isoformat(),
        "closes_at": (NOW + timedelta(days=1)).isoformat(),
        "supplier_ids": [str(new_id())],
        "pickups": [
            {
                "pickup_point_id": str(point),
                "starts_at": (NOW + timedelta(days=2)).isoformat(),
                "ends_at": (NOW + timedelta(days=2, hours=3)).isoformat(),
            }
        ],
        **changes,
    }


async def test_a_cycle_is_public_with_its_pickups_and_fees(shop: Shop) -> None:
    point = await shop.pickup_point()
    fee = {"name": "Fondo", "kind": "per_item", "value": "0.5", "payee": "fund"}
    created = await shop.post("/v1/cycles", plan(point, fees=[fee], sharing="equal"))
    answer = await shop.client.get(f"/v1/cycles/{created['id']}")
    assert answer.json() == created
    assert (created["status"], created["sharing"]) == ("open", "equal")
    assert created["pickups"][0]["location"] == {"lat": 20.59, "lon": -100.39}
    assert created["fees"] == [fee | {"threshold": None, "discounted": None}]
    told = (await shop.spy.next(CyclePublished)).data
    assert (told.name, told.pickups[0].name) == ("Semana 12", "Centro")
    assert (await shop.client.get(f"/v1/cycles/{new_id()}")).status_code == 404


async def test_cycles_are_listed_the_newest_first_page_by_page(shop: Shop) -> None:
    point = await shop.pickup_point()
    ids = []
    for days in (3, 1, 2):
        opens_at = NOW + timedelta(days=days)
        body = plan(point, opens_at=opens_at.isoformat(), closes_at=(opens_at + timedelta(days=1)).isoformat())
        created = await shop.post("/v1/cycles", body)
        assert created["status"] == "upcoming"
        ids.append(created["id"])
    first = await shop.get("/v1/cycles", limit=2)
    rest = await shop.get("/v1/cycles", limit=2, after=first["next"])
    assert [cycle["id"] for cycle in [*first["items"], *rest["items"]]] == [ids[0], ids[2], ids[1]]
    page = await shop.client.get("/v1/cycles", params={"limit": 2})
    assert page.headers["link"] == f'<?limit=2&after={first["next"]}>; rel="next"'
    strange = await shop.client.get("/v1/cycles", params={"after": "bm90IGpzb24"})
    assert strange.json()["type"] == "urn:trama:problem:cursor-invalid"


async def test_the_same_id_is_the_same_cycle_and_the_same_pickup_point(shop: Shop) -> None:
    point = {"id": str(uuid4()), "name": "Centro", "address": "Av. Hidalgo 1"}
    first, second = [await shop.post("/v1/pickup-points", point) for _ in range(2)]
    assert first == second
    other = await shop.client.post("/v1/pickup-points", json=point | {"name": "Norte"}, headers=shop.coordinator)
    assert (other.status_code, other.json()["type"]) == (409, "urn:trama:problem:id-taken")
    cycle = plan(point["id"], id=str(uuid4()))
    once, again = [await shop.post("/v1/cycles", cycle) for _ in range(2)]
    assert once == again
    assert len(shop.spy.seen(CyclePublished)) <= 1
    listed = await shop.get("/v1/pickup-points")
    assert [item["id"] for item in listed["items"]] == [point["id"]]
    assert await shop.get(f"/v1/pickup-points/{point['id']}") == first


def later(**more: float) -> str:
    return (NOW + timedelta(**more)).isoformat()


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"closes_at": later(hours=-1)}, "closes-before-it-opens", "/closes_at"),
        ({"closes_at": later(days=500)}, "cycle-too-long", "/closes_at"),
        ({"opens_at": "2026-03-07T20:00:00"}, "invalid", "/opens_at"),
        ({"supplier_ids": []}, "invalid", "/supplier_ids"),
        ({"pickups": []}, "invalid", "/pickups"),
        ({"name": ""}, "invalid", "/name"),
        ({"nonsense": 1}, "invalid", "/nonsense"),
        ({"fees": [{"name": "A", "kind": "percent", "value": "101"}]}, "fee-too-high", "/fees/0/value"),
        ({"fees": [{"name": "A", "kind": "flat", "value": "-1"}]}, "invalid", "/fees/0/value"),
        (
            {"fees": [{"name": "A", "kind": "flat", "value": "1", "payee": str(uuid4())}]},
            "unknown-payee",
            "/fees/0/payee",
        ),
    ],
)
async def test_a_cycle_that_could_not_be_run_is_refused(
    shop: Shop, changes: dict[str, Any], code: str, pointer: str
) -> None:
    body = plan(await shop.pickup_point(), **changes)
    answer = await shop.client.post("/v1/cycles", json=body, headers=shop.coordinator)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, f"urn:trama:problem:{code}")
    assert problem["errors"][0]["pointer"] == pointer
    assert (await shop.get("/v1/cycles"))["items"] == []


async def test_a_cycle_needs_pickup_points_that_exist_each_once(shop: Shop) -> None:
    missing = await shop.client.post("/v1/cycles", json=plan(uuid4()), headers=shop.coordinator)
    assert missing.json()["type"] == "urn:trama:problem:unknown-pickup-point"
    body = plan(await shop.pickup_point())
    body["pickups"] *= 2
    twice = await shop.client.post("/v1/cycles", json=body, headers=shop.coordinator)
    assert twice.json()["errors"][0]["pointer"] == "/pickups/1/pickup_point_id"


async def test_a_family_plans_no_cycle(shop: Shop) -> None:
    family = await shop.family()
    for path, body in (("/v1/cycles", plan(uuid4())), ("/v1/pickup-points", {"name": "A", "address": "B"})):
        answer = await shop.client.post(path, json=body, headers=family.headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:trama:problem:role-missing")


async def test_a_new_price_is_offered_in_open_cycles_and_old_orders_keep_theirs(shop: Shop) -> None:
    producer, kilo = new_id(), variant("25.00")
    product = await shop.product(producer, [kilo])
    family = await shop.family()
    cycle = await shop.cycle([producer], offers=1)
    old = await cycle.order(family, (kilo.variant_id, "2"))
    dearer = kilo.model_copy(update={"price": kilo.price.model_copy(update={"amount": kilo.price.amount + 5})})
    await shop.spy.publish(product.model_copy(update={"variants": [dearer]}), subject=product.product_id, version=2)
    await eventually(lambda: shop.offers(cycle.id), lambda found: found[0]["price"]["amount"] == "31.50")
    new = await cycle.order(family, (kilo.variant_id, "2"))
    assert (old["total"]["amount"], new["total"]["amount"]) == ("52.50", "63.00")
    assert (await shop.get(f"/v1/orders/{old['id']}"))["total"]["amount"] == "52.50"
    await shop.post(f"/v1/cycles/{cycle.id}/close")
    line = (await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders"))["items"][0]["lines"][0]
    assert (line["requested"], line["price"]["amount"]) == ("4", "27.50")
