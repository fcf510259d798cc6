"""What must be true after any accident: orders, stock and ledger tell the same story."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx

from tests.market import PRICE, Family, Market

DECIDED = ("confirmed", "rejected")


async def persistently(market: Market, family: Family, key: str) -> str:
    """Orders as a client on a bad line does, with one key until somebody answers; returns the order's id."""
    for _ in range(200):
        try:
            answer = await market.order(family, key=key)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code in (201, 202):
            return str(answer.json()["id"])
        if answer.status_code == 409 and "order_id" in answer.json():
            return str(answer.json()["order_id"])
        assert answer.status_code in (409, 429, 502, 503, 504), answer.text
        await asyncio.sleep(0.1)
    raise AssertionError("nobody answers")


async def _asked(market: Market, path: str, headers: dict[str, str]) -> Any:
    """An answer, from a network that may just be coming back."""
    for _ in range(200):
        try:
            answer = await market.client.get(path, headers=headers)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code == 200:
            return answer.json()
        assert answer.status_code in (502, 503, 504), answer.text
        await asyncio.sleep(0.1)
    raise AssertionError(f"{path} never answers")


async def outcome(market: Market, family: Family, order_id: str, seconds: float = 45) -> dict[str, Any]:
    """The order once it is decided."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        order: dict[str, Any] = await _asked(market, f"/api/orders/v1/orders/{order_id}", family.headers)
        if order["status"] in DECIDED:
            return order
        if asyncio.get_running_loop().time() > end:
            raise AssertionError(f"still {order['status']} after {seconds} s")
        await asyncio.sleep(0.05)


async def held(market: Market, family: Family) -> Decimal:
    balances = await _asked(market, f"/api/members/v1/members/{family.member_id}/balances", family.headers)
    return next(Decimal(item["held"]["amount"]) for item in balances["items"] if item["currency"] == market.currency)


async def reserved(market: Market) -> Decimal:
    stock = await _asked(market, f"/api/catalog/v1/variants/{market.variant_id}/stock", market.tokens["admin"])
    return Decimal(stock["reserved"])


async def agree(market: Market, confirmed: dict[str, int], seconds: float = 15) -> None:
    """Stock and ledger come to what the confirmed orders (pieces, by member) say, and the ledger proves itself."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        seen = {family.member_id: await held(market, family) for family in market.families}
        expected = {family.member_id: PRICE * confirmed.get(family.member_id, 0) for family in market.families}
        pieces = await reserved(market)
        if seen == expected and pieces == sum(confirmed.values()):
            break
        if asyncio.get_running_loop().time() > end:
            raise AssertionError(f"held {seen}, expected {expected}; reserved {pieces}, expected {confirmed}")
        await asyncio.sleep(0.1)
    proof = await _asked(market, "/api/members/v1/ledger/check", market.tokens["admin"])
    assert proof["ok"], proof
