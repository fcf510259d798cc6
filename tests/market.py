"""A small market, set up over the public API: one producer, one product, families with money, an open cycle.

The fault tests and the benchmarks order from it.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx

PASSWORD = "trama-demo"
PRICE = Decimal("10.00")


@dataclass
class Family:
    member_id: str
    headers: dict[str, str]


@dataclass
class Market:
    """Talks to a gateway as the market's people do."""

    client: httpx.AsyncClient
    network: str = "queretaro"
    currency: str = "MXN"
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    families: list[Family] = field(default_factory=list)
    producer_id: str = ""
    product_id: str = ""
    variant_id: str = ""
    cycle_id: str = ""
    pickup_point_id: str = ""

    async def call(self, method: str, path: str, who: dict[str, str] | None = None, **kwargs: Any) -> Any:
        """The JSON of an answer that must be a success."""
        answer = await self.client.request(method, path, headers=who or {}, **kwargs)
        if answer.status_code >= 400:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    async def sign_in(self, email: str) -> dict[str, str]:
        form = {"grant_type": "password", "username": email, "password": PASSWORD}
        answer = await self.call("POST", "/api/members/v1/token", data=form)
        return {"authorization": f"Bearer {answer['access_token']}"}

    async def staff(self) -> None:
        """Signs the first admin in, who also coordinates and keeps the books here."""
        self.tokens["admin"] = await self.sign_in(f"admin@{self.network}.example")

    async def join(self, kind: str, name: str) -> Family:
        email = f"{name}-{uuid4().hex[:8]}@{self.network}.example"
        application = {"kind": kind, "name": name, "email": email, "password": PASSWORD}
        member = await self.call("POST", "/api/members/v1/members", json=application)
        await self.call("POST", f"/api/members/v1/members/{member['id']}/admit", self.tokens["admin"])
        return Family(member["id"], await self.sign_in(email))

    async def deposit(self, family: Family, amount: str) -> None:
        body = {"amount": {"amount": amount, "currency": self.currency}, "method": "cash"}
        path = f"/api/members/v1/members/{family.member_id}/deposits"
        await self.call("POST", path, self.tokens["admin"], json=body)

    async def open(self, *, families: int, deposit: str, on_hand: str) -> "Market":
        """Everything up to the first order."""
        await self.staff()
        producer = await self.join("producer", "rancho")
        self.producer_id = producer.member_id
        await self.offer(producer, on_hand)
        for number in range(families):
            family = await self.join("household", f"familia{number}")
            await self.deposit(family, deposit)
            self.families.append(family)
        await self.open_cycle()
        return self

    async def offer(self, producer: Family, on_hand: str) -> None:
        variant = {
            "name": "1 pieza",
            "unit": "H87",
            "price": {"amount": str(PRICE), "currency": self.currency},
            "stock": {"policy": "tracked", "on_hand": on_hand},
            "variable_weight": False,
            "credit_share": 0,
        }
        product = await self.call(
            "POST",
            "/api/catalog/v1/products",
            producer.headers,
            json={
                "kind": "good",
                "name": "Lechuga",
                "description": "De la milpa",
                "category": "vegetables",
                "practices": ["agroecological"],
                "variants": [variant],
            },
        )
        self.product_id = product["id"]
        self.variant_id = product["variants"][0]["id"]
        await self.call("POST", f"/api/catalog/v1/products/{product['id']}/publish", producer.headers)

    async def open_cycle(self) -> None:
        admin = self.tokens["admin"]
        now = datetime.now(UTC)
        point = {"name": "Centro", "address": "Calle 1", "location": {"lat": 20.59, "lon": -100.39}}
        self.pickup_point_id = (await self.call("POST", "/api/orders/v1/pickup-points", admin, json=point))["id"]
        cycle = {
            "name": "Semana",
            "opens_at": (now - timedelta(minutes=1)).isoformat(),
            "closes_at": (now + timedelta(days=2)).isoformat(),
            "supplier_ids": [self.producer_id],
            "pickups": [
                {
                    "pickup_point_id": self.pickup_point_id,
                    "starts_at": (now + timedelta(days=3)).isoformat(),
                    "ends_at": (now + timedelta(days=3, hours=4)).isoformat(),
                }
            ],
            "fees": [],
        }
        # The producer and the product reach the orders piece by events.
        self.cycle_id = (await self.call("POST", "/api/orders/v1/cycles", admin, json=cycle))["id"]
        for _ in range(200):
            offers = await self.call("GET", f"/api/orders/v1/cycles/{self.cycle_id}/offers", self.families[0].headers)
            if offers["items"]:
                return
        raise AssertionError("the product never came to be offered")

    def order_body(self, quantity: str = "1") -> dict[str, Any]:
        return {
            "cycle_id": self.cycle_id,
            "pickup_point_id": self.pickup_point_id,
            "lines": [{"variant_id": self.variant_id, "quantity": quantity, "tolerance": "0"}],
        }

    async def order(
        self, family: Family, *, wait: int = 0, key: str | None = None, quantity: str = "1"
    ) -> httpx.Response:
        headers = family.headers | {"idempotency-key": key or str(uuid4())}
        if wait:
            headers["prefer"] = f"wait={wait}"
        return await self.client.post("/api/orders/v1/orders", json=self.order_body(quantity), headers=headers)

    async def order_state(self, family: Family, order_id: str) -> dict[str, Any]:
        state: dict[str, Any] = await self.call("GET", f"/api/orders/v1/orders/{order_id}", family.headers)
        return state
