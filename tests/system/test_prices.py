"""What a producer says in the catalog of costs and of prices at a place is what orders show, charge and settle."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts.members import MemberAdmitted
from kit.ids import new_id
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens

type Json = dict[str, Any]
NOW = datetime.now(UTC)


def pesos(amount: str) -> Json:
    return {"amount": amount, "currency": "MXN"}


class Market:
    """Catalog and orders beside each other, without members: nothing is held, and cycles settle at once."""

    def __init__(self, catalog: Piece, orders: Piece, tokens: Tokens) -> None:
        self.catalog, self.orders = catalog, orders
        self.farm, self.family = new_id(), new_id()
        self.farmer = tokens.actor(roles=["producer"], members=[self.farm])
        self.buyer = tokens.actor(roles=["member"], members=[self.family])
        self.coordinator = tokens.actor(roles=["coordinator", "treasurer"])

    async def call(self, piece: Piece, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
        answer = await piece.client.request(method, path, json=body, headers=headers)
        assert answer.status_code in (200, 201), f"{path}: {answer.text}"
        return answer.json()

    async def offers(self, cycle: Json, **params: str) -> list[Json]:
        query = "&".join(f"{name}={value}" for name, value in params.items())
        path = f"/v1/cycles/{cycle['id']}/offers?{query}"
        found: list[Json] = (await self.call(self.orders, "GET", path, {}))["items"]
        return found


@pytest.fixture
async def market(spy: Spy, running: Runner, tokens: Tokens) -> AsyncIterator[Market]:
    pieces = ("catalog", "orders")
    async with running("catalog", pieces=pieces) as catalog, running("orders", pieces=pieces) as orders:
        found = Market(catalog, orders, tokens)
        fact = MemberAdmitted(member_id=found.farm, kind="producer", name="Rancho El Mezquite", status="active")
        await spy.publish(fact, subject=found.farm)
        yield found


async def test_a_price_is_explained_and_settled_as_the_catalog_has_it(market: Market) -> None:
    call, farmer, coordinator = market.call, market.farmer, market.coordinator
    variant = {"name": "1 kg", "unit": "KGM", "price": pesos("12.00"), "stock": {"policy": "tracked", "on_hand": "40"}}
    body = {"name": "Jitomate", "category": "vegetables", "variants": [variant]}
    product = await call(market.catalog, "POST", "/v1/products", farmer, body)

    async def published() -> bool:
        path = f"/v1/products/{product['id']}/publish"
        return (await market.catalog.client.post(path, headers=farmer)).status_code == 200

    await eventually(published)
    variant_id = product["variants"][0]["id"]
    figures = {
        "season": {"name": "PV 2026", "starts_on": "2026-03-01", "ends_on": "2026-08-31"},
        "work": [{"task": "Todo", "hours": "160", "wage": pesos("45.00")}],
        "inputs": [{"name": "Composta", "quantity": "976", "unit": "kg", "price": pesos("5.00")}],
        "yield": {"expected": "1000"},
        "margin": "20",
    }
    diagnosis = await call(market.catalog, "POST", f"/v1/products/{product['id']}/diagnoses", farmer, figures)
    assert diagnosis["cost"] == pesos("12.08")
    await call(market.catalog, "POST", f"/v1/diagnoses/{diagnosis['id']}/publish", farmer)

    place = {"name": "Centro", "address": "Av. Hidalgo 1"}
    point = await call(market.orders, "POST", "/v1/pickup-points", coordinator, place)
    pickup = {
        "pickup_point_id": point["id"],
        "starts_at": (NOW + timedelta(days=1)).isoformat(),
        "ends_at": (NOW + timedelta(days=1, hours=2)).isoformat(),
    }
    wish = {
        "name": "Semana 12",
        "opens_at": (NOW - timedelta(hours=1)).isoformat(),
        "closes_at": (NOW + timedelta(hours=1)).isoformat(),
        "supplier_ids": [str(market.farm)],
        "pickups": [pickup],
        "fees": [{"name": "Transporte", "kind": "percent", "value": "5", "payee": "network"}],
    }
    cycle = await call(market.orders, "POST", "/v1/cycles", coordinator, wish)
    [offer] = await eventually(lambda: market.offers(cycle), lambda found: bool(found and found[0]["explained"]))
    assert offer["explained"]["summary"]["es"] == "El precio queda 0.08 MXN por debajo del costo"
    assert (await market.catalog.client.get(f"/v1/diagnoses/{offer['explained']['diagnosis_id']}")).status_code == 200

    fee = {"name": "Cuarto frío", "amount": pesos("0.40"), "payee": "fund"}
    hub = {"variant_id": variant_id, "pickup_point_id": point["id"], "price": pesos("13.00"), "fees": [fee]}

    async def offered() -> bool:
        # The catalog hears of the cycle, and with it of the pickup point, a moment later.
        return (await market.catalog.client.post("/v1/hub-offers", json=hub, headers=farmer)).status_code == 201

    await eventually(offered)
    [offer] = await eventually(
        lambda: market.offers(cycle, pickup_point_id=point["id"]), lambda found: bool(found and found[0]["hub_offer"])
    )
    assert offer["price"] == pesos("14.05")
    assert [part["amount"]["amount"] for part in offer["breakdown"]] == ["13.00", "0.65", "0.40"]
    assert offer["explained"]["gap"] == pesos("0.92")

    placed = await call(
        market.orders,
        "POST",
        "/v1/orders",
        {**market.buyer, "prefer": "wait=5"},
        {
            "cycle_id": cycle["id"],
            "pickup_point_id": point["id"],
            "lines": [{"variant_id": variant_id, "quantity": "3", "tolerance": "0"}],
        },
    )
    assert (placed["status"], placed["total"]) == ("confirmed", pesos("42.15"))
    [line] = placed["lines"]
    assert sum(Decimal(part["amount"]["amount"]) for part in line["breakdown"][0]["made_of"]) == Decimal("39.00")

    await call(market.orders, "POST", f"/v1/cycles/{cycle['id']}/close", coordinator)
    [purchase] = (await call(market.orders, "GET", f"/v1/cycles/{cycle['id']}/purchase-orders", coordinator))["items"]
    accepted = {"lines": [{"variant_id": variant_id, "accepted": "3", "rejected": "0"}]}
    await call(market.orders, "POST", f"/v1/purchase-orders/{purchase['id']}/receive", coordinator, accepted)
    paid = {"payment": {"method": "account"}}
    await call(market.orders, "POST", f"/v1/orders/{placed['id']}/collect", coordinator, paid)
    await call(market.orders, "POST", f"/v1/cycles/{cycle['id']}/settle", coordinator, {})
    settled = await call(market.orders, "GET", f"/v1/cycles/{cycle['id']}/settlement", coordinator)
    assert (settled["status"], settled["difference"]) == ("settled", pesos("0.00"))
    assert sorted((UUID(one["member_id"]), one["amount"]["amount"]) for one in settled["payables"]) == [
        (market.farm, "39.00")
    ]
    assert {one["name"]: one["amount"]["amount"] for one in settled["fees"]} == {
        "Transporte": "1.95",
        "Cuarto frío": "1.20",
    }
