"""Lists as files over HTTP: whose they are, what is in them, and that our own comes back as it was."""

import csv
import io
from typing import Any
from uuid import UUID, uuid4

import pytest
from openpyxl import load_workbook

from kit import sheets
from kit.ids import new_id
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, admit, create, product, variant

PATH = "/v1/exports/products"


async def exported(piece: Piece, headers: Headers, **query: Any) -> list[dict[str, str]]:
    answer = await piece.client.get(PATH, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    separator = ";" if query.get("format") == "foodsoft" else ","
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=separator))


def everything() -> Json:
    """A product of which all is said that can be said."""
    jar = variant(
        "Frasco 500 g",
        "12",
        "85.00",
        unit="H87",
        sku="'=M-1",
        credit_share=20,
        net_content={"quantity": "500", "unit": "GRM"},
        tax_rate="16",
        deposit={"name": "Frasco", "price": {"amount": "7.00", "currency": "MXN"}},
        season=[{"start": "06-15", "end": "09-30"}],
    )
    wheel = variant(
        "Pieza",
        None,
        "210.50",
        variable_weight=True,
        step="0.05",
        minimum="0.5",
        case_size="2",
        piece_weight={"min": "0.8", "max": "1.25"},
    )
    return product(
        "=Mermelada",
        jar,
        wheel,
        description='Dulce;\r\n"de" tejocote, -sin azúcar',
        translations={"en": {"name": "Jam"}, "es-EC": {"name": "Mermelada, ñaño", "description": "@rica"}},
        allergens={"contains": ["milk"], "may_contain": []},
        conservation={"storage": "chilled", "shelf_life_days": 30, "note": "- en frío"},
        place={"name": "Ejido La Griega", "location": {"lat": 20.5888, "lon": -100.3899}},
    )


@pytest.mark.parametrize("kind", [sheets.CSV, sheets.XLSX])
async def test_what_was_exported_changes_nothing_when_it_is_imported(
    piece: Piece, farmer: Headers, admitted: UUID, kind: str
) -> None:
    await create(piece, farmer, everything(), publish=True)
    await create(piece, farmer)
    before = (await piece.client.get("/v1/products/own", headers=farmer)).json()["items"]

    file = await piece.client.get(PATH, headers={**farmer, "accept": kind})
    assert file.headers["content-type"].startswith(kind)
    assert f'filename="trama-products.{"csv" if kind == sheets.CSV else "xlsx"}"' in file.headers["content-disposition"]
    report = (
        await piece.client.post(
            "/v1/imports", content=file.content, params={"on_error": "stop"}, headers={**farmer, "content-type": kind}
        )
    ).json()

    assert report["refused"] == []
    assert (report["created"], report["updated"], report["unchanged"]) == (0, 0, 3)
    assert report["ignored_columns"] == ["status"]
    assert (await piece.client.get("/v1/products/own", headers=farmer)).json()["items"] == before


async def test_a_list_goes_into_another_members_and_says_the_same_there(
    piece: Piece, spy: Spy, coordinator: Headers, farmer: Headers, admitted: UUID
) -> None:
    other = new_id()
    await admit(spy, piece, other, "Otra huerta")
    await create(piece, farmer, everything())
    file = (await piece.client.get(PATH, headers=farmer)).content.replace(b"Rancho El Mezquite", b"Otra huerta")
    report = (await piece.client.post("/v1/imports", content=file, headers=coordinator)).json()

    assert (report["created"], report["refused"]) == (2, [])
    mine = await exported(piece, coordinator, member_id=str(admitted))
    theirs = await exported(piece, coordinator, member_id=str(other))
    told = ("producer", "product_id", "variant_id", "status")
    assert [{name: row[name] for name in row if name not in told} for row in theirs] == [
        {name: row[name] for name in row if name not in told} for row in mine
    ]


async def test_a_renamed_variant_is_known_by_its_id(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    made = await create(piece, farmer)
    file = (await piece.client.get(PATH, headers=farmer)).content
    report = (
        await piece.client.post(
            "/v1/imports", content=file.replace(b"Jitomate", b"Tomate").replace(b"1 kg", b"Kilo"), headers=farmer
        )
    ).json()

    assert (report["created"], report["updated"]) == (0, 1)
    [now] = (await piece.client.get("/v1/products/own", headers=farmer)).json()["items"]
    assert (now["id"], now["name"], now["variants"][0]["name"]) == (made["id"], "Tomate", "Kilo")
    assert now["variants"][0]["id"] == made["variants"][0]["id"]


async def test_a_number_that_another_variant_has_is_refused_with_its_cell(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    await create(piece, farmer, product("Jitomate", variant("1 kg", sku="A-1"), variant("Caja", sku="A-2")))
    file = (await piece.client.get(PATH, headers=farmer)).content.replace(b"A-2", b"A-1")
    report = (await piece.client.post("/v1/imports", content=file, headers=farmer)).json()

    assert [(one["row"], one["field"], one["code"], one["cell"]) for one in report["refused"]] == [
        (3, "sku", "number_taken", "D3")
    ]


async def test_nothing_in_a_file_is_a_formula_and_numbers_are_numbers(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    await create(piece, farmer, everything())
    [row, _] = await exported(piece, farmer)
    assert (row["product"], row["sku"], row["conservation"]) == ("'=Mermelada", "''=M-1", "'- en frío")
    assert (row["price"], row["on_hand"], row["longitude"]) == ("85.00", "12", "-100.3899")

    body = (await piece.client.get(PATH, headers={**farmer, "accept": sheets.XLSX})).content
    sheet = load_workbook(io.BytesIO(body))["products"]
    cells = {sheet.cell(1, column).value: sheet.cell(2, column) for column in range(1, sheet.max_column + 1)}
    assert (cells["product"].data_type, cells["product"].value) == ("s", "'=Mermelada")
    assert (cells["price"].data_type, cells["price"].value, cells["price"].number_format) == ("n", 85, "0.00")


async def test_owners_get_their_own_and_coordinators_all(
    *, piece: Piece, spy: Spy, tokens: Tokens, coordinator: Headers, farmer: Headers, admitted: UUID
) -> None:
    other = new_id()
    await admit(spy, piece, other, "Otra huerta")
    await create(piece, farmer, publish=True)
    await create(piece, coordinator, {**product("Nopal"), "member_id": str(other)})

    def names(listed: list[dict[str, str]]) -> list[tuple[str, str]]:
        return [(row["product"], row["status"]) for row in listed]

    assert names(await exported(piece, farmer)) == [("Jitomate", "published")]
    assert names(await exported(piece, coordinator)) == [("Jitomate", "published"), ("Nopal", "draft")]
    assert names(await exported(piece, coordinator, member_id=str(other))) == [("Nopal", "draft")]
    assert [row["name"] for row in await exported(piece, coordinator, format="ofn")] == ["Jitomate"]

    async def status(headers: Headers, **query: Any) -> int:
        return (await piece.client.get(PATH, params=query, headers=headers)).status_code

    assert await status({}) == 401
    assert await status(tokens.actor(roles=["member"], members=[uuid4()])) == 403
    assert await status(farmer, member_id=str(other)) == 404
    assert await status(farmer, format="excel") == 422
    assert await status(farmer, after="x") == 422
    assert await status(farmer, after="WzFd") == 422
    assert await status({**farmer, "accept": "application/pdf"}) == 406


@pytest.mark.parametrize("name", ["ofn", "foodsoft"])
async def test_what_goes_to_others_is_read_as_they_read_it(
    piece: Piece, farmer: Headers, admitted: UUID, name: str
) -> None:
    await create(piece, farmer, publish=True)
    spanish = {**farmer, "accept-language": "es"}
    file = await piece.client.get(PATH, params={"format": name}, headers=spanish)
    assert not file.content.startswith(b"\xef\xbb\xbf")
    params = {"format": name, "dry_run": "true"}
    report = (await piece.client.post("/v1/imports", content=file.content, params=params, headers=spanish)).json()

    assert (report["created"], report["refused"]) == (0, [])


async def test_a_long_list_goes_out_in_files_that_an_import_takes(
    piece: Piece, farmer: Headers, admitted: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.exports.service.MOST_ROWS", 4)
    for name in ("A", "B", "C"):
        await create(piece, farmer, product(name, *(variant(f"{size} kg") for size in range(1, 4))))
    query: dict[str, str] = {}
    files: list[list[str]] = []
    while True:
        answer = await piece.client.get(PATH, params=query, headers=farmer)
        rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
        files.append([f"{row['product']} {row['variant']}" for row in rows])
        if "link" not in answer.headers:
            break
        query = {"after": answer.links["next"]["url"].split("after=")[1]}

    assert files == [[f"{name} {size} kg" for size in range(1, 4)] for name in ("A", "B", "C")]


async def test_a_file_costs_the_same_number_of_statements_however_long_it_is(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    costs = []
    for size in (1, 12):
        for place in range(size):
            await create(piece, farmer, product(f"Producto {size} {place}"))
        with piece.counted_queries() as statements:
            await exported(piece, farmer)
        costs.append(len(statements))
    assert costs[0] == costs[1]
