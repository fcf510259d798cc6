"""The import call, on the real list and on what is no list."""

import asyncio
import json
from typing import Any

from sqlalchemy import text

from contracts.directory import EntityPublished
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens

type Feature = dict[str, Any]


async def send(piece: Piece, steward: dict[str, str], body: bytes | dict[str, Any]) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await piece.client.post("/v1/imports", content=content, headers=steward)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "source": "test", "features": list(features)}


def feature(name: str = "La Espiga", at: tuple[float, float] = (-100.39, 20.59), **properties: Any) -> Feature:
    return {
        "type": "Feature",
        "properties": {"name": name, **properties},
        "geometry": {"type": "Point", "coordinates": list(at)},
    }


async def rows(piece: Piece) -> list[Any]:
    async with piece.database.reading() as connection:
        return list((await connection.execute(text("SELECT * FROM entities ORDER BY id"))).all())


async def listed(piece: Piece) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await piece.client.get("/v1/entities")).json()["items"]
    return items


async def test_every_row_of_the_real_list_is_taken_or_refused_with_a_reason(
    piece: Piece, steward: dict[str, str], spy: Spy, real_list: bytes, real_features: list[Feature]
) -> None:
    report = await send(piece, steward, real_list)
    assert report["created"] + len(report["refused"]) == len(real_features) == 1163
    assert [real_features[one["index"]]["properties"]["name"] for one in report["refused"]] == ["Aicinājums tev"]
    assert report["refused"][0]["reason"] == "Latitude and longitude are swapped: longitude comes first"
    assert {"index": 0, "field": "website", "reason": "This is no web address; left out"} in report["warnings"]
    await spy.next(EntityPublished, count=report["created"], seconds=20)


async def test_the_same_file_again_changes_nothing_and_tells_nobody(
    piece: Piece, steward: dict[str, str], real_list: bytes
) -> None:
    first = await send(piece, steward, real_list)
    before = await rows(piece)
    again = await send(piece, steward, real_list)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, first["created"])
    assert (again["refused"], again["warnings"]) == (first["refused"], first["warnings"])
    assert await rows(piece) == before
    async with piece.database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == first["created"]


async def test_what_its_source_has_changed_is_changed_and_told(piece: Piece, steward: dict[str, str], spy: Spy) -> None:
    await send(piece, steward, collection(feature(_id="a"), feature("Other", _id="b")))
    report = await send(piece, steward, collection(feature("La Espiga Dorada", _id="a"), feature("Other", _id="b")))
    assert (report["created"], report["updated"], report["unchanged"]) == (0, 1, 1)
    (changed,) = [item for item in await listed(piece) if item["name"] == "La Espiga Dorada"]
    event = await spy.next(EntityPublished, count=3)
    assert (event.data.name, str(event.subject), event.version) == ("La Espiga Dorada", changed["id"], 2)


async def test_a_row_without_an_id_is_known_again_by_its_name_and_place(piece: Piece, steward: dict[str, str]) -> None:
    await send(piece, steward, collection(feature()))
    report = await send(piece, steward, collection(feature(description="Bread"), feature(at=(-100.5, 20.5))))
    assert (report["created"], report["updated"]) == (1, 1)


async def test_the_same_id_from_another_source_is_another_thing(piece: Piece, steward: dict[str, str]) -> None:
    await send(piece, steward, collection(feature(_id="a")))
    report = await send(piece, steward, {**collection(feature(_id="a")), "source": "elsewhere"})
    assert report["created"] == 1


async def test_what_a_steward_has_mended_stays_until_the_source_changes(piece: Piece, steward: dict[str, str]) -> None:
    await send(piece, steward, collection(feature(_id="a", description="Bread")))
    (item,) = await listed(piece)
    mended = await piece.client.patch(
        f"/v1/entities/{item['id']}", json={"city": "Querétaro"}, headers={**steward, "if-match": '"1"'}
    )
    assert mended.status_code == 200
    assert (await send(piece, steward, collection(feature(_id="a", description="Bread"))))["unchanged"] == 1
    (item,) = await listed(piece)
    assert item["city"] == "Querétaro"


async def test_what_was_withdrawn_stays_withdrawn(piece: Piece, steward: dict[str, str]) -> None:
    await send(piece, steward, collection(feature(_id="a")))
    (item,) = await listed(piece)
    await piece.client.post(f"/v1/entities/{item['id']}/withdraw", headers=steward)
    report = await send(piece, steward, collection(feature("Changed", _id="a")))
    assert report["updated"] == 1
    assert await listed(piece) == []


async def test_markup_never_reaches_a_reader(piece: Piece, steward: dict[str, str]) -> None:
    text = "<p>Bread</p><script>alert(1)</script> &lt;img src=x onerror=alert(1)&gt; & <b>love</b>"
    await send(piece, steward, collection(feature("<i>La</i> Espiga", description=text, website="<b>www.x.org</b>")))
    (item,) = await listed(piece)
    assert (item["name"], item["description"], item["website"]) == ("La Espiga", "Bread\n& love", "http://www.x.org")


async def test_each_refusal_says_which_and_why_in_the_callers_language(piece: Piece, steward: dict[str, str]) -> None:
    body = collection(feature(), feature("", at=(0, 0)), feature("Far", at=(500, 0)), "no feature")
    report = await send(piece, {**steward, "accept-language": "es"}, body)
    assert report["created"] == 1
    assert report["refused"] == [
        {"index": 1, "reason": "Hace falta un nombre"},
        {"index": 2, "reason": "El punto está fuera del mundo"},
        {"index": 3, "reason": "No es un Feature de GeoJSON"},
    ]


NO_LISTS = [
    b"",
    b"{",
    b"[]",
    b'"FeatureCollection"',
    b'{"type": "Feature"}',
    b'{"type": "FeatureCollection"}',
    b'{"type": "FeatureCollection", "features": {}}',
    b"[" * 200_000,
    b'{"type": "FeatureCollection", "features": [' + b"[" * 200_000 + b"]" * 200_000 + b"]}",
    b"\xff\xfe\xfa",
    b'{"type": "FeatureCollection", "features": [' + b"1," * 20_000 + b"1]}",
    b'{"type": "FeatureCollection", "features": [' + b"9" * 5_000 + b"]}",
]


async def test_a_file_that_is_no_list_is_refused_as_a_whole(piece: Piece, steward: dict[str, str]) -> None:
    for body in NO_LISTS:
        answer = await piece.client.post("/v1/imports", content=body, headers=steward)
        assert answer.status_code == 422, (body[:60], answer.text)
        assert answer.json()["type"].startswith("urn:trama:problem:import-")
    assert await rows(piece) == []


async def test_a_file_of_more_than_ten_megabytes_is_refused(piece: Piece, steward: dict[str, str]) -> None:
    answer = await piece.client.post("/v1/imports", content=b" " * 10_485_761, headers=steward)
    assert answer.status_code == 413


async def test_only_stewards_import(piece: Piece, tokens: Tokens, steward: dict[str, str]) -> None:
    body = json.dumps(collection(feature())).encode()
    assert (await piece.client.post("/v1/imports", content=body)).status_code == 401
    for role in "member", "producer", "coordinator", "treasurer":
        answer = await piece.client.post("/v1/imports", content=body, headers=tokens.actor(roles=[role]))
        assert answer.status_code == 403
    assert (await piece.client.post("/v1/imports", content=body, headers=tokens.actor(roles=["admin"]))).is_success


async def test_an_import_costs_a_fixed_number_of_statements(piece: Piece, steward: dict[str, str]) -> None:
    counts = []
    for size in 1, 400:
        body = collection(*(feature(f"{size} name {n}", at=(n / 10, 20), _id=f"{size}-{n}") for n in range(size)))
        with piece.counted_queries() as statements:
            await send(piece, steward, body)
        # The relay reads the outbox meanwhile.
        counts.append(len([one for one in statements if "outbox" not in one or "INSERT" in one]))
    assert counts[1] <= counts[0] + 2, counts


async def test_two_at_once_of_the_same_file_take_each_row_once(piece: Piece, steward: dict[str, str]) -> None:
    body = collection(*(feature(f"name {n}", at=(n / 10, 20), _id=str(n)) for n in range(50)))
    one, other = await asyncio.gather(send(piece, steward, body), send(piece, steward, body))
    assert sorted([one["created"], other["created"]]) == [0, 50]
    assert sorted([one["unchanged"], other["unchanged"]]) == [0, 50]
    await eventually(lambda: rows(piece), lambda found: len(found) == 50)
