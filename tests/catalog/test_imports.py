"""Spreadsheets over HTTP: what is taken, what is refused and why, and that the same file again changes nothing."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.catalog import ProductPublished, ProductWithdrawn, StockChanged
from contracts.orders import OrderPlaced
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, admit, create, order, product, rows, variant

SAMPLES = Path(__file__).parent / "samples"


async def send(piece: Piece, headers: Headers, body: bytes, **query: Any) -> Json:
    answer = await piece.client.post("/v1/imports", content=body, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    report: Json = answer.json()
    return report


def counts(report: Json) -> tuple[int, int, int, int]:
    return report["created"], report["updated"], report["unchanged"], len(report["refused"])


def ours(*lines: str, header: str = "product,variant,sku,category,unit,price,on_hand") -> bytes:
    return "\n".join([header, *lines]).encode()


async def own(piece: Piece, headers: Headers) -> list[Json]:
    listed: list[Json] = (await piece.client.get("/v1/products/own", headers=headers)).json()["items"]
    return listed


@pytest.mark.parametrize(
    ("name", "file", "expected"),
    [
        ("trama", "trama.csv", (4, 0, 0, 0)),
        ("ofn", "ofn.csv", (5, 0, 0, 6)),
        ("foodsoft", "foodsoft.csv", (4, 0, 1, 1)),
        ("foodsoft", "foodsoft_units.csv", (3, 0, 1, 1)),
    ],
)
async def test_each_format_comes_in_and_the_same_file_again_changes_nothing(
    *, piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, name: str, file: str, expected: tuple[int, ...]
) -> None:
    body = (SAMPLES / file).read_bytes()
    await admit(spy, piece, uuid4(), "Panadería Luna")

    dry = await send(piece, farmer, body, format=name, dry_run=True)
    assert counts(dry) == expected
    assert await own(piece, farmer) == []
    first = await send(piece, farmer, body, format=name)
    assert counts(first) == expected
    before = await own(piece, farmer)
    second = await send(piece, farmer, body, format=name)
    assert counts(second) == (0, 0, expected[0] + expected[2], expected[3])
    assert await own(piece, farmer) == before
    assert second["refused"] == first["refused"]


async def test_the_report_names_row_column_and_reason_in_the_readers_language(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    await admit(spy, piece, uuid4(), "Panadería Luna")
    spanish = {**farmer, "accept-language": "es"}
    report = await send(piece, spanish, (SAMPLES / "ofn.csv").read_bytes(), format="ofn")

    by_row = {one["row"]: (one["field"], one["code"], one["reason"]) for one in report["refused"]}
    assert by_row == {
        6: ("producer", "not_yours", "No actúas en nombre de este miembro"),
        8: ("producer", "unknown_producer", "Ningún miembro se llama así"),
        9: ("category", "unknown_category", "No existe esa categoría; GET /v1/categories las enumera"),
        10: ("unit_type", "unknown_unit", "Usa una de cl, dl, g, gal, kg, kl, l, lb, mg, ml, oz, t"),
        11: ("price", "not_a_number", "Escríbelo como número, por ejemplo 12.50"),
        12: ("description", "formula", "No se aceptan fórmulas; escribe el valor"),
    }
    assert [one["index"] for one in report["refused"]] == [4, 6, 7, 8, 9, 10]
    where = [(one["column"], one["cell"], one["pointer"]) for one in report["refused"]]
    assert where[-2:] == [("price", "J11", "/9/price"), ("description", "F12", "/10/description")]
    assert report["ignored_columns"] == ["available_on", "shipping_category", "tax_category"]


async def test_a_list_that_goes_by_place_is_told_by_its_own_header(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    report = await send(piece, farmer, (SAMPLES / "foodsoft.csv").read_bytes(), format="foodsoft")

    [wrong] = report["refused"]
    assert (wrong["field"], wrong["column"], wrong["cell"]) == ("price", "Nettopreis", "H6")


async def test_one_wrong_row_stops_the_whole_file_where_that_is_asked_for(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    body = ours("Jitomate,1 kg,T-1,vegetables,kg,25,40", "Nopal,1 kg,N-1,vegetables,kg,gratis,10")

    stopped = await send(piece, farmer, body, on_error="stop", publish=True)
    assert (stopped["applied"], counts(stopped)) == (False, (1, 0, 0, 1))
    assert await own(piece, farmer) == []
    assert [one["cell"] for one in stopped["refused"]] == ["F3"]

    skipped = await send(piece, farmer, body, on_error="skip")
    assert (skipped["applied"], counts(skipped)) == (True, (1, 0, 0, 1))
    mended = await send(piece, farmer, body.replace(b"gratis", b"18"), on_error="stop")
    assert (mended["applied"], counts(mended)) == (True, (1, 0, 1, 0))
    assert (await send(piece, farmer, body, dry_run=True))["applied"] is False


async def test_a_file_is_sent_as_itself(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    body = ours("Jitomate,1 kg,T-1,vegetables,kg,25,40")
    for kind, status in (("text/csv; charset=utf-8", 200), ("application/vnd.ms-excel", 200), ("text/html", 415)):
        answer = await piece.client.post("/v1/imports", content=body, headers={**farmer, "content-type": kind})
        assert answer.status_code == status, kind
    form = await piece.client.post("/v1/imports", files={"file": ("a.csv", body)}, headers=farmer)
    assert form.status_code == 415


async def test_a_file_of_five_thousand_rows_with_descriptions_is_taken_in(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    header = "product,variant,category,unit,price,description"
    lines = [f"Producto {place // 50},{place},vegetables,pieza,25,{'x' * 250}" for place in range(5_000)]
    report = await send(piece, farmer, ours(*lines, header=header), dry_run=True)
    assert counts(report) == (5_000, 0, 0, 0)


async def test_a_coordinators_file_is_shared_out_to_the_producers_it_names(
    piece: Piece, spy: Spy, coordinator: Headers, admitted: UUID
) -> None:
    bakery = uuid4()
    await admit(spy, piece, bakery, "PANADERIA LUNA")
    report = await send(piece, coordinator, (SAMPLES / "ofn.csv").read_bytes(), format="ofn")

    assert report["created"] == 5
    juice = next(one for one in report["refused"] if one["row"] == 7)
    assert (juice["field"], juice["code"]) == ("producer", "member_not_said")
    owners = {(row.name, row.member_id) for row in await rows(piece, "SELECT name, member_id FROM products")}
    assert ("Pan de masa madre", bakery) in owners
    assert ("Zanahoria", admitted) in owners


async def test_rows_of_one_product_are_its_variants(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    await send(piece, farmer, (SAMPLES / "trama.csv").read_bytes())

    tomato = next(one for one in await own(piece, farmer) if one["name"] == "Jitomate saladette")
    assert [one["name"] for one in tomato["variants"]] == ["1 kg", "Caja de 12 kg"]
    assert tomato["description"] == "Cortado el mismo día"
    assert tomato["practices"] == ["agroecological", "native_seed"]
    assert tomato["status"] == "draft"


async def test_what_a_row_changes_is_published_counted_and_kept_in_the_history(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    body = ours("Jitomate,1 kg,T-1,vegetables,kg,25.00,40", "Nopal,1 kg,N-1,vegetables,kg,18,10")
    assert counts(await send(piece, farmer, body, publish=True)) == (2, 0, 0, 0)
    changed = ours("Jitomate,1 kg,T-1,vegetables,kg,26.50,38", "Nopal,1 kg,N-1,vegetables,kg,18,10")
    assert counts(await send(piece, farmer, changed)) == (0, 1, 1, 0)

    [_, tomato] = sorted(await own(piece, farmer), key=lambda one: one["version"])
    variant_id = tomato["variants"][0]["id"]
    event = await spy.next(ProductPublished, UUID(tomato["id"]), count=2)
    assert str(event.data.variants[0].price.amount) == "26.50"
    left = await spy.next(StockChanged, UUID(variant_id), count=2)
    assert str(left.data.available) == "38"
    moved = (await piece.client.get(f"/v1/variants/{variant_id}/movements", headers=farmer)).json()["items"]
    assert [(one["reason"], one["quantity"]) for one in moved] == [("correction", "-2"), ("harvest", "40")]
    prices = (await piece.client.get(f"/v1/variants/{variant_id}/prices", headers=farmer)).json()["items"]
    assert [one["price"]["amount"] for one in prices] == ["26.50", "25.00"]


async def test_a_number_finds_its_variant_though_it_is_called_otherwise_now(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    await send(piece, farmer, ours("Jitomate,1 kg,T-1,vegetables,kg,25,40"))
    report = await send(piece, farmer, ours("Jitomate bola,Kilo,T-1,vegetables,kg,25,40"))

    assert counts(report) == (0, 1, 0, 0)
    [only] = await own(piece, farmer)
    assert (only["name"], [one["name"] for one in only["variants"]]) == ("Jitomate bola", ["Kilo"])


async def test_a_list_finds_what_was_made_by_hand(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    made = await create(piece, farmer, product("Jitomate", variant("1 kg", "40", "25.00")))
    report = await send(piece, farmer, ours("JITOMATE,1 KG,T-9,vegetables,kg,25,40"))

    assert counts(report) == (0, 1, 0, 0)
    [only] = await own(piece, farmer)
    assert only["variants"][0]["id"] == made["variants"][0]["id"]
    assert only["variants"][0]["sku"] == "T-9"


async def test_rows_that_contradict_each_other_are_refused(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    report = await send(
        piece,
        farmer,
        ours(
            "Jitomate,1 kg,T-1,vegetables,kg,25,40",
            "Jitomate,1 kg,T-1,vegetables,kg,30,40",
            "Jitomate,Caja,T-2,fruit,piece,300,4",
            "Jitomate,1 kg,T-3,vegetables,kg,31,4",
        ),
    )

    assert counts(report) == (1, 0, 0, 3)
    assert [(one["row"], one["code"]) for one in report["refused"]] == [
        (3, "row_repeated"),
        (4, "differs"),
        (5, "repeated"),
    ]


async def test_what_foodsoft_has_struck_out_is_taken_off_offer(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    listed = (SAMPLES / "foodsoft.csv").read_bytes().decode("iso8859-15")
    there = listed.replace("\nx;", "\n;").encode("iso8859-15")
    assert counts(await send(piece, farmer, there, format="foodsoft", publish=True)) == (5, 0, 0, 1)
    report = await send(piece, farmer, listed.encode("iso8859-15"), format="foodsoft")

    assert counts(report) == (0, 1, 4, 1)
    pears = next(one for one in await own(piece, farmer) if one["name"] == "Birnen")
    assert pears["status"] == "withdrawn"
    await spy.next(ProductWithdrawn, UUID(pears["id"]))
    assert counts(await send(piece, farmer, listed.encode("iso8859-15"), format="foodsoft")) == (0, 0, 5, 1)


async def test_a_count_below_what_is_promised_is_refused_and_the_rest_taken(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    body = ours("Jitomate,1 kg,T-1,vegetables,kg,25,10", "Nopal,1 kg,N-1,vegetables,kg,18,10")
    await send(piece, farmer, body, publish=True)
    tomato = next(one for one in await own(piece, farmer) if one["name"] == "Jitomate")
    placed = order(OrderPlaced, [(tomato["variants"][0]["id"], "6")])
    await spy.publish(placed, subject=placed.order_id)

    async def promised() -> bool:
        return bool(await rows(piece, "SELECT 1 FROM stock WHERE reserved = 6"))

    await eventually(promised)
    report = await send(
        piece,
        farmer,
        ours("Jitomate,1 kg,T-1,vegetables,kg,25,5", "Nopal,1 kg,N-1,vegetables,kg,18,9"),
    )
    assert counts(report) == (0, 1, 0, 1)
    assert (report["refused"][0]["field"], report["refused"][0]["code"]) == ("on_hand", "promised_more")


async def test_values_that_cant_be_are_refused_by_row_with_the_column(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    header = "product,category,unit,price,on_hand,practices,step,minimum,credit_share,currency,stock,kind"
    wrong = {
        "price": "a,fruit,kg,0,1,,,,,,,",
        "on_hand": "b,fruit,kg,1,-1,,,,,,,",
        "practices": "c,fruit,kg,1,1,magic,,,,,,",
        "step": "d,fruit,kg,1,1,,0,,,,,",
        "minimum": "e,fruit,kg,1,1,,0.5,0.7,,,,",
        "credit_share": "f,fruit,kg,1,1,,,,101,,,",
        "currency": "g,fruit,kg,1,1,,,,,EUR,,",
        "stock": "h,fruit,kg,1,1,,,,,,infinite,",
        "kind": "i,fruit,kg,1,1,,,,,,,idea",
        "unit": "j,fruit,furlong,1,1,,,,,,,",
        "product": ",fruit,kg,1,1,,,,,,,",
    }
    report = await send(piece, farmer, ours(*wrong.values(), "k,fruit,kg,1,1,,,,,,,", header=header))

    assert [one["field"] for one in report["refused"]] == list(wrong)
    assert report["created"] == 1


async def test_who_may_import(piece: Piece, admitted: UUID, tokens: Tokens) -> None:
    body = ours("Jitomate,1 kg,T-1,vegetables,kg,25,10")

    async def status(headers: Headers, **query: Any) -> int:
        return (await piece.client.post("/v1/imports", content=body, params=query, headers=headers)).status_code

    assert await status({}) == 401
    assert await status(tokens.actor(roles=["member"], members=[uuid4()])) == 403
    assert await status(tokens.actor(roles=["producer"], members=[uuid4()]), member_id=str(admitted)) == 403
    assert await status(tokens.actor(roles=["producer"], members=[admitted]), format="excel") == 422


async def test_a_member_that_is_suspended_cant_publish_by_import(
    piece: Piece, spy: Spy, farmer: Headers, farm: UUID
) -> None:
    await admit(spy, piece, farm, "Rancho", status="suspended")
    report = await send(piece, farmer, ours("Jitomate,1 kg,T-1,vegetables,kg,25,10"), publish=True)

    assert [one["code"] for one in report["refused"]] == ["member_not_active"]


async def test_a_file_costs_the_same_number_of_statements_however_long_it_is(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    costs = []
    for size in (2, 400):
        body = ours(*(f"Producto {size}-{place},1 kg,S{size}-{place},vegetables,kg,25,10" for place in range(size)))
        with piece.counted_queries() as statements:
            assert (await send(piece, farmer, body, publish=True))["created"] == size
        costs.append(len([sql for sql in statements if "outbox" not in sql]))
    assert costs[0] == costs[1]
