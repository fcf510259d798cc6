"""The import call, on the real list and on what is no list."""

import json
from typing import Any

import pytest
from contracts.directory import EntityPublished
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens

type Feature = dict[str, Any]


async def send(piece: Piece, steward: dict[str, str], body: bytes | dict[str, Any]) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await piece.client.post("/v1/imports", content=content, headers=steward)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def collection(*features: Feature) -> dict[str, Any]:
    return {"type": "FeatureCollection", "source": "test", "features": list(features)}


def feature(name: str = "La Espiga", at: tuple[float, float] = (-100.39, 20.59), **properties: Any) -> Feature:
    return {
        "type": "Feature",
        "properties": {"name": name, **properties},
        "geometry": {"type": "Point", "coordinates": list(at)},
    }


async def test_every_row_of_the_real_list_is_taken_or_refused_with_a_reason(
    piece: Piece, steward: dict[str, str], real_list: bytes, real_features: list[Feature]
) -> None:
    report = await send(piece, steward, real_list)
    assert report["created"] + len(report["refused"]) == len(real_features) == 1163
    assert [real_features[one["index"]]["properties"]["name"] for one in report["refused"]] == ["Aicinājums tev"]
    assert report["refused"][0]["reason"] == "Latitude and longitude are swapped: longitude comes first"
    assert {"index": 0, "field": "website", "reason": "This is no web address; left out"} in report["warnings"]


async def test_the_same_file_again_changes_nothing(
    piece: Piece, steward: dict[str, str], spy: Spy, real_list: bytes
) -> None:
    first = await send(piece, steward, real_list)
    before = await rows(piece)
    again = await send(piece, steward, real_list)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, first["created"])
    assert again["refused"] == first["refused"]
    assert await rows(piece) == before


async def rows(piece: Piece) -> list[Any]:
    from sqlalchemy import text

    async with piece.database.reading() as connection:
        found = await connection.execute(text("SELECT *, (SELECT count(*) FROM outbox) FROM entities ORDER BY id"))
        return list(found.all())
