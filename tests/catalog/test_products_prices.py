"""Prices with their dates: those that held, the one that holds, and those to come."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from kit.testing.pieces import Piece
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, create


def price(amount: str, valid_from: datetime | None = None) -> Json:
    body: Json = {"price": {"amount": amount, "currency": "MXN"}}
    return body if valid_from is None else {**body, "valid_from": valid_from.isoformat()}


async def test_prices_to_come_are_seen_by_the_owner_and_can_be_taken_back(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, publish=True)
    address = f"/v1/variants/{made['variants'][0]['id']}/prices"
    soon, later = (datetime.now(UTC) + timedelta(days=days) for days in (7, 30))
    assert (await piece.client.post(address, json=price("30.00", later), headers=farmer)).status_code == 201
    answer = await piece.client.post(address, json=price("28.00", soon), headers=farmer)
    assert [entry["price"]["amount"] for entry in answer.json()["items"]] == ["30.00", "28.00", "25.00"]

    async def listed(**query: Any) -> list[str]:
        answer = await piece.client.get(address, params=query, headers=farmer)
        return [entry["price"]["amount"] for entry in answer.json()["items"]]

    assert await listed(pending=True) == ["30.00", "28.00"]
    assert await listed(pending=False) == ["25.00"]
    own = (await piece.client.get("/v1/products/own", headers=farmer)).json()["items"][0]["variants"][0]
    assert own["next_price"]["price"]["amount"] == "28.00"
    assert datetime.fromisoformat(own["next_price"]["valid_from"]) == soon
    [public] = (await piece.client.get("/v1/products")).json()["items"]
    assert "next_price" not in public["variants"][0]

    gone = await piece.client.delete(address, params={"valid_from": soon.isoformat()}, headers=farmer)
    assert gone.status_code == 204
    assert await listed() == ["30.00", "25.00"]
    for instant in (soon.isoformat(), made["variants"][0]["price_from"]):
        again = await piece.client.delete(address, params={"valid_from": instant}, headers=farmer)
        assert again.json()["type"] == "urn:trama:problem:price-not-found"


async def test_a_long_history_is_read_page_by_page(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    made = await create(piece, farmer)
    address = f"/v1/variants/{made['variants'][0]['id']}/prices"
    start = datetime.now(UTC) + timedelta(days=1)
    for number in range(5):
        await piece.client.post(address, json=price(f"3{number}.00", start + timedelta(days=number)), headers=farmer)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        answer = await piece.client.get(address, params={"limit": 2, "after": after}, headers=farmer)
        after = answer.json()["next"]
        assert ("link" in answer.headers) == (after is not None)
        seen += [entry["price"]["amount"] for entry in answer.json()["items"]]
    assert seen == ["34.00", "33.00", "32.00", "31.00", "30.00", "25.00"]


async def test_prices_are_the_owners_to_see_and_to_set(
    piece: Piece, farmer: Headers, coordinator: Headers, admitted: UUID, tokens: Tokens
) -> None:
    made = await create(piece, farmer, publish=True)
    address = f"/v1/variants/{made['variants'][0]['id']}/prices"
    neighbour = tokens.actor(roles=["producer"], members=[uuid4()])
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    assert (await piece.client.get(address, headers=neighbour)).status_code == 404
    assert (await piece.client.get(address, headers=coordinator)).status_code == 200
    assert (await piece.client.get(address)).status_code == 401
    assert (await piece.client.post(address, json=price("1.00"), headers=neighbour)).status_code == 403
    taken = await piece.client.delete(address, params={"valid_from": tomorrow}, headers=neighbour)
    assert taken.status_code == 403
    nowhere = f"/v1/variants/{uuid4()}/prices"
    assert (await piece.client.delete(nowhere, params={"valid_from": tomorrow}, headers=farmer)).status_code == 404
    for query in ("after=WzFd", "after=x", "limit=0", "pending=perhaps"):
        assert (await piece.client.get(f"{address}?{query}", headers=farmer)).status_code == 422, query
    for bad in ("", "?valid_from=tomorrow", "?valid_from=2026-01-01T00:00:00"):
        assert (await piece.client.delete(address + bad, headers=farmer)).status_code == 422, bad
