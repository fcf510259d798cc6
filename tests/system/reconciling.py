"""What must agree to the cent once a cycle is settled."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from tests.system.calling import Person, eventually
from tests.system.market import amount, stock


def settlement_agrees(settlement: Any, orders: Mapping[str, Any], owed: Mapping[str, Decimal]) -> None:
    """Members are charged what their orders came to, producers get what was accepted of theirs, and it comes out even.

    ``owed`` is what producers are to get, in whatever currency, by member.
    """
    currencies = {part["amount"]["currency"] for part in settlement["charges"]}
    for currency in currencies:
        charged, payable, fees, adjusted = (
            total(settlement[kind], currency) for kind in ("charges", "payables", "fees", "adjustments")
        )
        assert charged == payable + fees + adjusted, currency
    assert all(amount(left) == 0 for left in settlement["differences"])
    for order in orders.values():
        own = [part for part in settlement["charges"] if part["member_id"] == order["member_id"]]
        assert sum(amount(part["amount"]) for part in own) == amount(order["total"])
    for member_id, value in owed.items():
        own = [part for part in settlement["payables"] if part["member_id"] == member_id]
        assert sum(amount(part["amount"]) for part in own) == value
    breakdown = [part for order in orders.values() for part in order["breakdown"]]
    for fee in settlement["fees"]:
        parts = [amount(part["amount"]) for part in breakdown if part["payee"] == fee["payee"]]
        assert sum(parts) == amount(fee["amount"]), "each order's breakdown says where each peso goes"


def total(parts: Iterable[Any], currency: str) -> Decimal:
    """The sum of amounts of money of one currency."""
    amounts = [part.get("amount", part) if isinstance(part.get("amount"), dict) else part for part in parts]
    return sum((amount(value) for value in amounts if value["currency"] == currency), Decimal(0))


def statement_agrees(member: Person) -> None:
    """In each currency the entries add up to the balance, nothing is set aside any more, each entry shows its sum."""
    path = f"/api/members/v1/members/{member.member_id}"
    entries = member.get(f"{path}/statement", params={"limit": 200})["items"]
    for balance in member.get(f"{path}/balances")["items"]:
        own = [entry for entry in entries if entry["amount"]["currency"] == balance["currency"]]
        assert sum(amount(entry["amount"]) for entry in own) == amount(balance["balance"])
        assert amount(balance["held"]) == 0
        # Newest first: each balance is the one before it and the entry's amount.
        running = amount(balance["balance"])
        for entry in own:
            assert amount(entry["balance"]) == running
            running -= amount(entry["amount"])
        assert running == 0


def ledger_is_proven(treasurer: Person) -> None:
    """The ledger's own proof: each currency sums to zero, and balances are what the entries come to."""
    proof = treasurer.get("/api/members/v1/ledger/check")
    assert proof["ok"], proof
    assert {amount(currency["sum"]) for currency in proof["currencies"]} == {Decimal(0)}


def stock_agrees(producer: Person, variant_id: str, began: Decimal, orders: Mapping[str, Any]) -> None:
    """What was there, less what families took home; nothing is reserved any more."""
    packed = sum(
        Decimal(line["packed"])
        for order in orders.values()
        for line in order["lines"]
        if line["variant_id"] == variant_id
    )
    expected = {"on_hand": began - packed, "reserved": Decimal(0), "available": began - packed}
    eventually(lambda: stock(producer, variant_id), lambda found: found == expected)
    moved = producer.get(f"/api/catalog/v1/variants/{variant_id}/movements", params={"limit": 200})["items"]
    assert sum(Decimal(movement["quantity"]) for movement in moved) == began - packed
