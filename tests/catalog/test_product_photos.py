"""Products show photos of their own member, and keep them from being forgotten."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from catalog.photos.jobs import IDLE
from contracts.catalog import ProductPublished
from contracts.members import MemberErased
from kit.database import utc_now
from kit.ids import new_id
from kit.jobs import run_once
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, create, product, rows
from tests.catalog.pictures import jpeg


@pytest.fixture
async def piece(spy: Spy, running: Runner, tmp_path: Path) -> AsyncIterator[Piece]:
    async with running("catalog", photos=str(tmp_path)) as piece:
        yield piece


async def uploaded(piece: Piece, headers: Headers, number: int = 1) -> list[Json]:
    answers = [
        await piece.client.post("/v1/photos", content=jpeg(20 + width, 20), headers=headers) for width in range(number)
    ]
    return [answer.json() for answer in answers]


async def patch(piece: Piece, headers: Headers, made: Json, status: int = 200, **changes: object) -> Json:
    answer = await piece.client.patch(
        f"/v1/products/{made['id']}", json=changes, headers={**headers, "if-match": f'"{made["version"]}"'}
    )
    assert answer.status_code == status, answer.text
    body: Json = answer.json()
    return body


async def test_photos_are_shown_in_their_order_with_their_captions_to_everyone_and_every_piece(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    first, second = await uploaded(piece, farmer, 2)
    asked = [{"id": second["id"], "caption": "La parcela"}, {"id": first["id"]}]
    made = await create(piece, farmer, product(photos=asked), publish=True)
    shown = [
        {"id": second["id"], "caption": "La parcela", "sizes": second["sizes"]},
        {"id": first["id"], "caption": "", "sizes": first["sizes"]},
    ]
    assert made["photos"] == shown
    [listed] = (await piece.client.get("/v1/products")).json()["items"]
    assert listed["photos"] == shown
    told = (await spy.next(ProductPublished, UUID(made["id"]))).data
    assert [photo.model_dump(mode="json") for photo in told.photos] == shown

    # What is not spoken of stays; an empty list, or null, takes them off.
    renamed = await patch(piece, farmer, made, name="Jitomate bola")
    assert renamed["photos"] == shown
    fewer = await patch(piece, farmer, renamed, photos=[{"id": first["id"]}])
    assert [photo["id"] for photo in fewer["photos"]] == [first["id"]]
    none = await patch(piece, farmer, fewer, photos=None)
    assert none["photos"] == []


async def test_a_list_with_photos_costs_no_more_queries_than_one_without(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    costs = []
    for name in ("Acelga", "Betabel", "Calabaza"):
        photos = await uploaded(piece, farmer, 3)
        await create(piece, farmer, product(name, photos=[{"id": photo["id"]} for photo in photos]), publish=True)
        with piece.counted_queries() as statements:
            answer = await piece.client.get("/v1/products")
        assert all(len(one["photos"]) == 3 for one in answer.json()["items"])
        costs.append(len(statements))
    assert costs == [1, 1, 1]


async def test_only_the_members_own_photos_each_once_and_at_most_eight(
    piece: Piece, farmer: Headers, tokens: Tokens, admitted: UUID
) -> None:
    [mine], [others] = await uploaded(piece, farmer), await uploaded(piece, tokens.actor(members=[new_id()]))
    wrong = {
        "unknown_photo": ([{"id": mine["id"]}, {"id": others["id"]}], "/photos/1/id"),
        "repeated": ([{"id": mine["id"]}, {"id": mine["id"]}], "/photos/1/id"),
        "too_long": ([{"id": str(new_id())} for _ in range(9)], "/photos"),
        "uuid_parsing": ([{"id": "x"}], "/photos/0/id"),
        "extra_forbidden": ([{"id": mine["id"], "url": "https://example.org"}], "/photos/0/url"),
        "string_too_long": ([{"id": mine["id"], "caption": "x" * 201}], "/photos/0/caption"),
    }
    made = await create(piece, farmer)
    for code, (photos, pointer) in wrong.items():
        for answer in (
            await piece.client.post("/v1/products", json=product(photos=photos), headers=farmer),
            await piece.client.patch(
                f"/v1/products/{made['id']}", json={"photos": photos}, headers={**farmer, "if-match": "*"}
            ),
        ):
            error = answer.json()["errors"][0]
            assert (answer.status_code, error["pointer"], error["code"]) == (422, pointer, code)
    assert len(await rows(piece, "SELECT 1 FROM products")) == 1
    assert await rows(piece, "SELECT 1 FROM photo_uses") == []


async def test_a_photo_stays_while_any_product_shows_it_and_is_forgotten_a_day_after(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    [photo] = await uploaded(piece, farmer)
    products = [await create(piece, farmer, product(name, photos=[{"id": photo["id"]}])) for name in ("Pera", "Uva")]
    assert (await piece.client.delete(f"/v1/photos/{photo['id']}", headers=farmer)).status_code == 409

    async def kept_after(days: int) -> bool:
        piece.database.clock = lambda: utc_now() + timedelta(days=days)
        assert await run_once(piece.database, IDLE)
        return (await piece.client.get(photo["sizes"]["thumb"])).status_code == 200

    await patch(piece, farmer, products[0], photos=[])
    assert await kept_after(days=30)
    await patch(piece, farmer, products[1], photos=[])
    assert await kept_after(days=30)
    assert not await kept_after(days=32)


async def test_an_erased_members_products_show_no_photos(
    piece: Piece, spy: Spy, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    [photo] = await uploaded(piece, farmer)
    made = await create(piece, farmer, product(photos=[{"id": photo["id"]}]), publish=True)
    await spy.publish(MemberErased(member_id=admitted), subject=admitted, version=9)

    async def shown() -> list[Json]:
        body: Json = (await piece.client.get(f"/v1/products/{made['id']}", headers=coordinator)).json()
        photos: list[Json] = body["photos"]
        return photos

    assert await eventually(shown, lambda photos: photos == []) == []
    assert (await piece.client.get(photo["sizes"]["thumb"])).status_code == 404
