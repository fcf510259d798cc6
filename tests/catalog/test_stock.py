"""Movements and reservations over HTTP."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from catalog.stock.jobs import EXPIRE
from contracts.catalog import StockChanged
from contracts.orders import OrderPlaced
from kit.database import utc_now
from kit.jobs import run_once
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, create, order, product, variant


async def offered(piece: Piece, farmer: Headers, on_hand: str | None = "10") -> str:
    made = await create(piece, farmer, product("Jitomate", variant(on_hand=on_hand)), publish=True)
    return str(made["variants"][0]["id"])


async def move(piece: Piece, headers: Headers, variant_id: str, reason: str, quantity: str) -> tuple[int, Json]:
    body = {"reason": reason, "quantity": quantity, "note": "Granizo"}
    answer = await piece.client.post(f"/v1/variants/{variant_id}/movements", json=body, headers=headers)
    return answer.status_code, answer.json()


async def test_each_movement_changes_what_there_is_and_is_told(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer)
    for reason, quantity in (("harvest", "5.5"), ("loss", "2"), ("sale", "1"), ("return", "0.5")):
        assert (await move(piece, farmer, variant_id, reason, quantity))[0] == 201
    _, answer = await move(piece, farmer, variant_id, "correction", "-3")

    stock = (await piece.client.get(f"/v1/variants/{variant_id}/stock", headers=farmer)).json()
    assert (stock["on_hand"], stock["reserved"], stock["available"]) == ("10", "0", "10")
    assert answer["stock"] == stock
    await spy.next(StockChanged, UUID(variant_id), count=6)
    changes = [str(event.data.available) for event in spy.seen(StockChanged, UUID(variant_id))]
    assert changes == ["10", "15.5", "13.5", "12.5", "13", "10"]

    page = (await piece.client.get(f"/v1/variants/{variant_id}/movements?limit=4", headers=farmer)).json()
    assert [one["quantity"] for one in page["items"]] == ["-3", "0.5", "-1", "-2"]
    rest = await piece.client.get(f"/v1/variants/{variant_id}/movements?after={page['next']}", headers=farmer)
    assert [one["quantity"] for one in rest.json()["items"]] == ["5.5", "10"]
    assert rest.json()["next"] is None


async def test_a_movement_that_cant_have_happened_changes_nothing(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer)
    for reason, quantity, status in (
        ("loss", "10.001", 409),
        ("correction", "-11", 409),
        ("harvest", "-1", 422),
        ("harvest", "0", 422),
        ("harvest", "1.0001", 422),
        ("harvest", "999995", 422),
        ("harvest", "1e3", 422),
        ("theft", "1", 422),
    ):
        assert (await move(piece, farmer, variant_id, reason, quantity))[0] == status, (reason, quantity)

    stock = (await piece.client.get(f"/v1/variants/{variant_id}/stock", headers=farmer)).json()
    assert stock["on_hand"] == "10"


async def test_stock_is_for_its_owner_and_the_coordinators(
    piece: Piece, farmer: Headers, coordinator: Headers, admitted: UUID, tokens: Tokens
) -> None:
    variant_id = await offered(piece, farmer)
    neighbour = tokens.actor(roles=["producer"], members=[uuid4()])

    assert (await move(piece, neighbour, variant_id, "harvest", "1"))[0] == 404
    assert (await move(piece, coordinator, variant_id, "harvest", "1"))[0] == 201
    for address in ("stock", "movements", "prices"):
        answer = await piece.client.get(f"/v1/variants/{variant_id}/{address}", headers=neighbour)
        assert answer.status_code == 404
        assert (await piece.client.get(f"/v1/variants/{variant_id}/{address}")).status_code == 401


async def test_movements_cant_be_rewritten_not_even_in_the_database(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    await offered(piece, farmer)
    for statement in ("UPDATE movements SET quantity = 99", "DELETE FROM movements"):
        with pytest.raises(DBAPIError, match="never changed"):
            async with piece.database.transaction() as work:
                await work.execute(text(statement))


async def reserve(piece: Piece, headers: Headers, *lines: tuple[str, str], **more: str) -> tuple[int, Json]:
    body = {"lines": [{"variant_id": one, "quantity": quantity} for one, quantity in lines], **more}
    answer = await piece.client.post("/v1/reservations", json=body, headers=headers)
    return answer.status_code, answer.json()


async def test_a_client_reserves_all_or_nothing_and_gives_it_back(
    piece: Piece, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    plenty, few = await offered(piece, farmer), await offered(piece, farmer, "1")
    status, refusal = await reserve(piece, coordinator, (plenty, "2"), (few, "1.5"))
    assert status == 409
    assert refusal["errors"][0]["pointer"] == "/lines/1/quantity"
    assert refusal["reasons"][0]["available"] == "1"

    status, made = await reserve(piece, coordinator, (plenty, "2"), (few, "1"))
    assert (status, made["state"]) == (201, "held")
    address = f"/v1/reservations/{made['id']}"
    assert (await piece.client.get(address, headers=coordinator)).json() == made
    stock = (await piece.client.get(f"/v1/variants/{plenty}/stock", headers=farmer)).json()
    assert stock["available"] == "8"

    assert (await piece.client.delete(address, headers=coordinator)).status_code == 204
    assert (await piece.client.delete(address, headers=coordinator)).status_code == 204
    stock = (await piece.client.get(f"/v1/variants/{plenty}/stock", headers=farmer)).json()
    assert stock["available"] == "10"


async def test_the_clients_own_id_makes_a_reservation_once(
    piece: Piece, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    variant_id, mine = await offered(piece, farmer), str(uuid4())
    first, again = [await reserve(piece, coordinator, (variant_id, "2"), id=mine) for _ in range(2)]

    assert (first[0], again[0]) == (201, 201)
    assert again[1]["id"] == first[1]["id"]
    assert (await reserve(piece, coordinator, (variant_id, "3"), id=mine))[0] == 409
    stock = (await piece.client.get(f"/v1/variants/{variant_id}/stock", headers=farmer)).json()
    assert stock["reserved"] == "2"


async def test_a_reservation_that_nobody_comes_back_for_expires(
    piece: Piece, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer)
    soon = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    _, made = await reserve(piece, coordinator, (variant_id, "2"), expires_at=soon)
    assert (await reserve(piece, coordinator, (variant_id, "2"), expires_at="2020-01-01T00:00:00Z"))[0] == 422

    piece.database.clock = lambda: utc_now() + timedelta(minutes=3)
    await run_once(piece.database, EXPIRE)
    found = (await piece.client.get(f"/v1/reservations/{made['id']}", headers=coordinator)).json()
    assert found["state"] == "expired"


async def test_only_coordinators_reserve_for_clients_and_never_end_what_belongs_to_an_order(
    piece: Piece, spy: Spy, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer)
    assert (await reserve(piece, farmer, (variant_id, "1")))[0] == 403
    placed = order(OrderPlaced, [(variant_id, "2")])
    await spy.publish(placed, subject=placed.order_id)
    await spy.next(StockChanged, UUID(variant_id), count=2)

    answer = await piece.client.delete(f"/v1/reservations/{placed.order_id}", headers=coordinator)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:belongs-to-order")
    assert (await piece.client.delete(f"/v1/reservations/{uuid4()}", headers=coordinator)).status_code == 404


async def test_stock_that_becomes_tracked_must_cover_what_is_promised(
    piece: Piece, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, product("Pan", variant("Pieza", None)), publish=True)
    variant_id = made["variants"][0]["id"]
    assert (await reserve(piece, coordinator, (variant_id, "7")))[0] == 201
    body = {"variants": [{"id": variant_id, "stock": {"policy": "tracked"}}]}
    changing = {**farmer, "if-match": "*"}
    address = f"/v1/products/{made['id']}"

    assert (await piece.client.patch(address, json=body, headers=changing)).status_code == 409
    assert (await move(piece, farmer, variant_id, "harvest", "9"))[0] == 201
    answer = await piece.client.patch(address, json=body, headers=changing)
    assert answer.json()["variants"][0]["stock"] == {
        "policy": "tracked",
        "available": "2",
        "on_hand": "9",
        "reserved": "7",
    }


async def test_what_there_is_of_a_known_variant_is_not_changed_by_editing(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer)
    body = {"variants": [{"id": made["variants"][0]["id"], "stock": {"policy": "tracked", "on_hand": "50"}}]}
    answer = await piece.client.patch(f"/v1/products/{made['id']}", json=body, headers={**farmer, "if-match": "*"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/variants/0/stock/on_hand"
