"""A cooperative in a test: says what members and catalog would say, and orders over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from contracts.catalog import ProductPublished, StockChanged, StockRefused, StockReserved, VariantState
from contracts.members import FundsHeld, FundsRefused, MemberAdmitted
from contracts.orders import OrderPlaced
from contracts.values import Money
from kit.ids import new_id
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens


def pesos(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="MXN")


@dataclass(frozen=True)
class Family:
    """A member and the headers of its user."""

    id: UUID
    headers: dict[str, str]


@dataclass
class Shop:
    """The piece under test with those around it."""

    piece: Piece
    spy: Spy
    tokens: Tokens
    coordinator: dict[str, str] = field(default_factory=dict)
    treasurer: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> httpx.AsyncClient:
        return self.piece.client

    async def get(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> Any:
        answer = await self.client.get(path, headers=headers or self.coordinator, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        answer = await self.client.post(path, json=body, headers=headers or self.coordinator)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer.json()

    async def family(self, name: str = "Familia Ruiz", status: str = "active") -> Family:
        member_id = new_id()
        fact = MemberAdmitted.model_validate(
            {"member_id": member_id, "number": "QRO-M-0001", "kind": "household", "name": name, "status": status}
        )
        await self.spy.publish(fact, subject=member_id)
        return Family(member_id, self.tokens.actor(roles=["member"], members=[member_id]))

    async def product(
        self, producer_id: UUID, variants: Sequence[VariantState], name: str = "Jitomate", version: int = 1
    ) -> ProductPublished:
        product = ProductPublished(
            product_id=new_id(),
            producer_id=producer_id,
            producer_name="Rancho El Sol",
            kind="good",
            name=name,
            description="Del día",
            category="vegetables",
            practices=["agroecological"],
            variants=list(variants),
        )
        await self.spy.publish(product, subject=product.product_id, version=version)
        return product

    async def stock(self, variant_id: UUID, available: str, version: int = 1) -> None:
        fact = StockChanged(variant_id=variant_id, available=Decimal(available))
        await self.spy.publish(fact, subject=variant_id, version=version)

    async def pickup_point(self) -> UUID:
        body = {"name": "Centro", "address": "Av. Hidalgo 1", "location": {"lat": 20.59, "lon": -100.39}}
        return UUID((await self.post("/v1/pickup-points", body))["id"])

    async def cycle(self, suppliers: Sequence[UUID], offers: int, **changes: Any) -> "OpenCycle":
        """An open cycle that shows so many offers."""
        point = await self.pickup_point()
        now = datetime.now(UTC)
        body = {
            "name": "Semana 12",
            "opens_at": (now - timedelta(hours=1)).isoformat(),
            "closes_at": (now + timedelta(hours=1)).isoformat(),
            "supplier_ids": [str(supplier) for supplier in suppliers],
            "pickups": [
                {
                    "pickup_point_id": str(point),
                    "starts_at": (now + timedelta(days=1)).isoformat(),
                    "ends_at": (now + timedelta(days=1, hours=2)).isoformat(),
                }
            ],
            "fees": [{"name": "Transport", "kind": "percent", "value": "5", "payee": "network"}],
            **changes,
        }
        cycle_id = UUID((await self.post("/v1/cycles", body))["id"])
        await eventually(lambda: self.offers(cycle_id), lambda found: len(found) == offers)
        return OpenCycle(self, cycle_id, point)

    async def offers(self, cycle_id: UUID) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.get(f"/v1/cycles/{cycle_id}/offers"))["items"]
        return items

    async def grant(self, order_id: UUID) -> None:
        """Catalog reserves, members holds."""
        await self.reserve(order_id)
        await self.hold(order_id)

    async def reserve(self, order_id: UUID, version: int = 1) -> UUID:
        return await self.spy.publish(StockReserved(order_id=order_id), subject=order_id, version=version)

    async def refuse_stock(self, order_id: UUID, reasons: Sequence[dict[str, Any]], version: int = 1) -> None:
        await self.spy.publish(
            StockRefused.model_validate({"order_id": order_id, "reasons": reasons}), subject=order_id, version=version
        )

    async def hold(self, order_id: UUID) -> UUID:
        placed = await self.spy.next(OrderPlaced, order_id)
        fact = FundsHeld(order_id=order_id, member_id=placed.data.member_id, holds=placed.data.holds)
        return await self.spy.publish(fact, subject=order_id)

    async def refuse_funds(self, order_id: UUID, needed: str, available: str, version: int = 1) -> None:
        placed = await self.spy.next(OrderPlaced, order_id)
        fact = FundsRefused.model_validate(
            {
                "order_id": order_id,
                "member_id": placed.data.member_id,
                "code": "not_enough_funds",
                "shortfalls": [{"needed": pesos(needed), "available": pesos(available)}],
            }
        )
        await self.spy.publish(fact, subject=order_id, version=version)


@dataclass(frozen=True)
class OpenCycle:
    """A cycle that takes orders."""

    shop: Shop
    id: UUID
    pickup_point_id: UUID

    def wish(self, *lines: tuple[UUID, str] | tuple[UUID, str, str], **more: Any) -> dict[str, Any]:
        """An order's body: variant, quantity and perhaps tolerance of each line."""
        return {
            "cycle_id": str(self.id),
            "pickup_point_id": str(self.pickup_point_id),
            "lines": [
                {"variant_id": str(line[0]), "quantity": line[1], "tolerance": line[2] if len(line) > 2 else "0"}
                for line in lines
            ],
            **more,
        }

    async def order(
        self, family: Family, *lines: tuple[UUID, str] | tuple[UUID, str, str], **more: Any
    ) -> dict[str, Any]:
        """A confirmed order."""
        placed = await self.shop.post("/v1/orders", self.wish(*lines, **more), family.headers)
        await self.shop.grant(UUID(placed["id"]))
        return await self.status_of(placed["id"], "confirmed")

    async def status_of(self, order_id: str, status: str) -> dict[str, Any]:
        """The order once it has this status."""
        found: dict[str, Any] = await eventually(
            lambda: self.shop.get(f"/v1/orders/{order_id}"), lambda order: order["status"] == status
        )
        return found


def variant(price: str = "25.00", **changes: Any) -> VariantState:
    """A tracked kilo in steps of half a kilo, unless changed."""
    return VariantState.model_validate(
        {
            "variant_id": new_id(),
            "name": "1 kg",
            "unit": "KGM",
            "price": pesos(price),
            "case_size": Decimal("0.5"),
            "step": Decimal("0.5"),
            "minimum": Decimal("0.5"),
            "variable_weight": False,
            "credit_share": 0,
            "stock_policy": "tracked",
            **changes,
        }
    )
