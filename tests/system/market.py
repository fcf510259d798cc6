"""What the journey and its refusals set up, call by call, as the network's people do."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from demo.examples import PASSWORD
from tests.system.calling import Person, eventually

#: A row of the journey to note a call under, or None.
type Row = int | None


def money(amount: str, currency: str = "MXN") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def amount(value: dict[str, str]) -> Decimal:
    """The amount of money, whatever its currency."""
    return Decimal(value["amount"])


def apply(anyone: Person, kind: str, name: str, domain: str = "queretaro.example", row: Row = None) -> Any:
    """Somebody asks to belong, with an address that nobody has yet."""
    email = f"{name.rsplit(maxsplit=1)[-1].lower()}-{uuid4().hex[:8]}@{domain}"
    application = {"kind": kind, "name": name, "email": email, "password": PASSWORD}
    return anyone.post("/api/members/v1/members", application, row=row)


def join(anyone: Person, coordinator: Person, kind: str, name: str, domain: str = "queretaro.example") -> Person:
    """A member that was admitted, signed in."""
    member = apply(anyone, kind, name, domain)
    coordinator.post(f"/api/members/v1/members/{member['id']}/admit", expect=200)
    return anyone.sign_in(member["email"], member_id=member["id"])


def deposit(treasurer: Person, member: Person, paid: dict[str, str], row: Row = None) -> Any:
    path = f"/api/members/v1/members/{member.member_id}/deposits"
    return treasurer.post(path, {"amount": paid, "method": "cash"}, row=row)


def balance(person: Person, member_id: str = "", currency: str = "MXN", row: Row = None) -> Any:
    """What a member has in a currency: their own, or another's for whoever may see it."""
    found = person.get(f"/api/members/v1/members/{member_id or person.member_id}/balances", row=row)
    return next(item for item in found["items"] if item["currency"] == currency)


def variant(name: str, unit: str, price: dict[str, str], on_hand: str | None = None, **more: Any) -> dict[str, Any]:
    """A variant as the journey writes it; without ``on_hand`` it is made on demand."""
    stock = {"policy": "tracked", "on_hand": on_hand} if on_hand else {"policy": "on_demand"}
    told = {"name": name, "unit": unit, "price": price, "stock": stock, "variable_weight": False, "credit_share": 0}
    return told | more


def product(producer: Person, name: str, category: str, variants: Sequence[Any], row: Row = None) -> Any:
    """A product on offer."""
    body = {
        "kind": "good",
        "name": name,
        "description": "De Huimilpan, cortado el mismo día.",
        "category": category,
        "practices": ["agroecological"],
        "variants": list(variants),
    }
    created = producer.post("/api/catalog/v1/products", body, row=row)
    published = producer.post(f"/api/catalog/v1/products/{created['id']}/publish", expect=200, row=row)
    assert published["status"] == "published"
    return published


def pickup_point(coordinator: Person, row: Row = None) -> str:
    body = {"name": "La Cruz", "address": "Felipe Luna 18", "location": {"lat": 20.5935, "lon": -100.3823}}
    return str(coordinator.post("/api/orders/v1/pickup-points", body, row=row)["id"])


def cycle(
    coordinator: Person,
    point_id: str,
    suppliers: Sequence[Person],
    fees: Sequence[Any] = (),
    *,
    opens_in: timedelta = timedelta(hours=-1),
    row: Row = None,
) -> Any:
    """An order cycle of two days."""
    opens_at = datetime.now(UTC) + opens_in
    closes_at = opens_at + timedelta(days=2)
    pickup_at = closes_at + timedelta(days=1)
    body = {
        "name": "Canasta de la semana",
        "opens_at": opens_at.isoformat(),
        "closes_at": closes_at.isoformat(),
        "supplier_ids": [supplier.member_id for supplier in suppliers],
        "pickups": [
            {
                "pickup_point_id": point_id,
                "starts_at": pickup_at.isoformat(),
                "ends_at": (pickup_at + timedelta(hours=3)).isoformat(),
            }
        ],
        "fees": list(fees),
    }
    return coordinator.post("/api/orders/v1/cycles", body, row=row)


def offers(person: Person, cycle_id: str, expected: int, row: Row = None) -> dict[str, Any]:
    """What a cycle offers, by variant, once all of it has arrived by events."""
    path = f"/api/orders/v1/cycles/{cycle_id}/offers"
    found = eventually(
        lambda: person.get(path)["items"],
        lambda items: len(items) == expected and all(i["available"] or i["stock_policy"] == "on_demand" for i in items),
    )
    if row is not None:
        found = person.get(path, row=row)["items"]
    return {item["variant_id"]: item for item in found}


def order_body(cycle_id: str, point_id: str, *lines: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    """An order of lines: variant, quantity, tolerance."""
    asked = [{"variant_id": one, "quantity": quantity, "tolerance": tolerance} for one, quantity, tolerance in lines]
    return {"cycle_id": cycle_id, "pickup_point_id": point_id, "lines": asked} | more


def place(family: Person, body: object, *, expect: int = 201, row: Row = None, key: str | None = None) -> Any:
    """What the network answers to an order whose outcome is waited for."""
    headers = {"idempotency-key": key or str(uuid4()), "prefer": "wait=2"}
    return family.post("/api/orders/v1/orders", body, expect=expect, row=row, headers=headers)


def stock(person: Person, variant_id: str) -> dict[str, Decimal]:
    """What there is of a variant: on hand, reserved, available."""
    found = person.get(f"/api/catalog/v1/variants/{variant_id}/stock")
    return {name: Decimal(found[name]) for name in ("on_hand", "reserved", "available")}
