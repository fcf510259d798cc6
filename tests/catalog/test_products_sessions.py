"""A session is a variant of its product that the owner's own list neither shows nor retires."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from catalog.producers.rules import Place
from catalog.products import repository, service
from catalog.products.rules import Session, Terms, VariantDraft
from contracts.catalog import ProductPublished
from contracts.values import Money
from kit.errors import Conflict, Invalid
from kit.ids import new_id
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from tests.catalog.conftest import Headers, Json, create, product, rows, variant

TERMS = Terms("MXN", "HOUR")
MONDAY = datetime(2026, 12, 7, 16, tzinfo=UTC)


def place_in(day: int, price: str = "50.00", room: str = "4") -> VariantDraft:
    """A seat in the car, so many days after Monday."""
    starts = MONDAY + timedelta(days=day)
    return VariantDraft(
        id=new_id(),
        name="Asiento",
        unit="H87",
        price=Money(amount=Decimal(price), currency="MXN"),
        policy="tracked",
        on_hand=Decimal(room),
        session=Session(starts, starts + timedelta(hours=1), Place("Terminal")),
    )


async def keep(piece: Piece, product_id: str, drafts: Sequence[VariantDraft]) -> None:
    async with piece.database.transaction() as work:
        [found] = (await repository.load(work, [UUID(product_id)])).values()
        await service.keep_sessions(work, found, drafts, TERMS, None)


def ride(**more: object) -> Json:
    return {**product("Auto a la terminal", kind="service", category="carpool"), "variants": [], **more}


async def test_sessions_are_shown_apart_told_with_their_times_and_sold_as_many_as_there_is_room(
    piece: Piece, spy: Spy, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, ride(), publish=True)
    friday, monday = place_in(4), place_in(0)
    await keep(piece, made["id"], [friday, monday])

    [shown] = (await piece.client.get("/v1/products")).json()["items"]
    assert shown["variants"] == []
    assert [one["id"] for one in shown["sessions"]] == [str(monday.id), str(friday.id)]
    first = shown["sessions"][0]
    assert (datetime.fromisoformat(first["starts_at"]), first["place"]["name"]) == (MONDAY, "Terminal")
    assert first["stock"] == {"policy": "tracked", "available": "4"}
    event = await spy.next(ProductPublished, UUID(made["id"]), count=2)
    told = {one.variant_id: one.session for one in event.data.variants}
    assert told.keys() == {monday.id, friday.id}
    assert all(session is not None and session.starts_at >= MONDAY for session in told.values())
    assert (await piece.client.get("/v1/products/facets")).json()["by"]["unit"] == [{"value": "H87", "count": 1}]

    line = {"variant_id": str(monday.id), "quantity": "5"}
    refused = await piece.client.post("/v1/reservations", json={"lines": [line]}, headers=coordinator)
    assert refused.json()["type"] == "urn:trama:problem:not-enough-stock"


async def test_the_owners_list_neither_retires_nor_changes_sessions(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, ride(variants=[variant("Mandado")]), publish=True)
    seat = place_in(0)
    await keep(piece, made["id"], [seat])
    address, change = f"/v1/products/{made['id']}", {**farmer, "if-match": "*"}

    bodies: list[Json] = [{"variants": [variant("Flete")]}, {"variants": []}, {"name": "Auto compartido"}]
    for body in bodies:
        answer = await piece.client.patch(address, json=body, headers=change)
        assert answer.status_code == 200, answer.text
        assert [one["id"] for one in answer.json()["sessions"]] == [str(seat.id)]
    stolen = await piece.client.patch(address, json={"variants": [{"id": str(seat.id)}]}, headers=change)
    assert stolen.json()["errors"][0]["pointer"] == "/variants/0/id"
    goods = await piece.client.patch(address, json={"kind": "good"}, headers=change)
    assert goods.status_code == 422
    [row] = await rows(piece, "SELECT offered FROM stock WHERE variant_id = :id", id=seat.id)
    assert row.offered is True


async def test_many_sessions_take_no_variants_place_and_past_ones_are_gone(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, ride(variants=[variant(f"V{n}") for n in range(50)]), publish=True)
    seats = [place_in(day) for day in range(60)]
    await keep(piece, made["id"], seats)
    shown = (await piece.client.get(f"/v1/products/{made['id']}")).json()
    assert (len(shown["variants"]), len(shown["sessions"])) == (50, 10)

    over = [seat.id for seat in seats[:58] if seat.id]
    async with piece.database.transaction() as work:
        await service.retire_sessions(work, over)
        await service.retire_sessions(work, over)
    left = (await piece.client.get(f"/v1/products/{made['id']}")).json()
    assert [one["id"] for one in left["sessions"]] == [str(seat.id) for seat in seats[58:]]
    event = await spy.next(ProductPublished, UUID(made["id"]), count=3)
    assert len(event.data.variants) == 52
    # What is over is not loaded again with every change.
    async with piece.database.transaction() as work:
        [found] = (await repository.load(work, [UUID(made["id"])])).values()
    assert len(found.variants) == 52


async def test_what_no_session_can_be_is_refused(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    made = await create(piece, farmer, ride(), publish=True)
    good = await create(piece, farmer, product("Jitomate"), publish=True)
    with pytest.raises(Conflict, match="have sessions"):
        await keep(piece, good["id"], [place_in(0)])
    with pytest.raises(Invalid) as refused:
        await keep(piece, made["id"], [place_in(0, price="0")])
    assert refused.value.field == "/price/amount"
    with pytest.raises(Conflict) as taken:
        await keep(piece, made["id"], [replace(place_in(0), id=UUID(good["variants"][0]["id"]))])
    assert taken.value.code == "id_taken"
    with pytest.raises(Invalid, match="sessions to come"):
        await keep(piece, made["id"], [place_in(day) for day in range(201)])
    assert (await piece.client.get(f"/v1/products/{made['id']}")).json()["sessions"] == []
    body = {**product("Taller"), "variants": []}
    assert (await piece.client.post("/v1/products", json=body, headers=farmer)).status_code == 422
