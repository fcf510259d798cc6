"""Spreadsheets as people and other programs write them, read row by row."""

from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.imports.formats import FORMATS, Name
from catalog.imports.packs import Pack, pack
from catalog.imports.rows import Refusal, Row
from kit import sheets
from kit.errors import Invalid

SAMPLES = Path(__file__).parent / "samples"


def read(name: Name, body: bytes, currency: str = "MXN") -> list[Row | Refusal]:
    chosen = FORMATS[name]
    return list(chosen.read(sheets.read(body, chosen.encoding), currency))


def sample(name: Name, file: str, currency: str = "MXN") -> dict[int, Row | Refusal]:
    return {one.row: one for one in read(name, (SAMPLES / file).read_bytes(), currency)}


def taken(rows: dict[int, Row | Refusal], number: int) -> Row:
    row = rows[number]
    assert isinstance(row, Row), row
    return row


def refused(rows: dict[int, Row | Refusal]) -> dict[int, tuple[str | None, str]]:
    return {number: (one.error.field, one.error.code) for number, one in rows.items() if isinstance(one, Refusal)}


def test_our_own_list() -> None:
    rows = sample("trama", "trama.csv")
    tomato, box, cheese, course = (taken(rows, number) for number in (2, 3, 4, 5))

    assert refused(rows) == {}
    assert (tomato.name, tomato.variant, tomato.sku, tomato.unit) == ("Jitomate saladette", "1 kg", "EM-01", "KGM")
    assert (tomato.practices, tomato.case_size, tomato.credit_share) == (
        ("agroecological", "native_seed"),
        Decimal(5),
        20,
    )
    assert (box.unit, box.category, str(box.price.amount)) == ("H87", "vegetables", "300.00")
    assert (str(cheese.price.amount), cheese.category, cheese.variable_weight) == ("145.00", "dairy", True)
    assert (course.kind, course.unit, course.policy) == ("knowledge", "HUR", "on_demand")


def test_open_food_networks_list_every_row_taken_or_refused_with_its_column() -> None:
    rows = sample("ofn", "ofn.csv")

    assert sorted(rows) == list(range(2, 13))
    assert refused(rows) == {
        9: ("category", "unknown_category"),
        10: ("unit_type", "unknown_unit"),
        11: ("price", "not_a_number"),
        12: ("description", "formula"),
    }
    kilo, small, bunch, eggs, _, juice, _ = (taken(rows, number) for number in range(2, 9))
    assert (kilo.variant, kilo.unit, kilo.first_step, kilo.on_hand) == ("1 kg", "KGM", Decimal(1), Decimal(60))
    assert (small.variant, small.unit) == ("Baby, 250 g", "H87")
    assert (bunch.variant, bunch.unit, bunch.policy, bunch.on_hand) == ("manojo", "H87", "on_demand", None)
    assert (eggs.variant, eggs.policy, eggs.on_hand) == ("12 huevos", "tracked", Decimal(0))
    assert (juice.variant, juice.category, juice.producer) == ("500 ml", "drinks", "")


def test_foodsofts_list_in_its_old_encoding_with_decimal_commas_tax_and_deposit() -> None:
    rows = sample("foodsoft", "foodsoft.csv", "EUR")

    assert refused(rows) == {6: ("price", "not_a_number")}
    apples, juice, bread, pears, carrots = (taken(rows, number) for number in (2, 3, 4, 5, 7))
    assert (apples.name, apples.unit, apples.first_step, apples.case_size) == (
        "Äpfel Boskoop",
        "KGM",
        Decimal(1),
        Decimal(10),
    )
    assert str(apples.price.amount) == "3.00"
    assert apples.description == "aus dem Vorrat · Obsthof Grün · Lübeck, DE"
    # (9.60 + 2.40) with 19 per cent is 14.28, of which 2.40 with 19 per cent is the deposit.
    assert (juice.variant, juice.unit, str(juice.price.amount)) == ("6x1l", "H87", "11.42")
    assert juice.deposit is not None
    assert (str(juice.deposit.price.amount), juice.tax_rate, juice.tax_included) == ("2.86", Decimal(19), True)
    assert (bread.name, bread.category, bread.listed) == ("Brot; dunkel", "bakery", True)
    assert pears.listed is False
    assert str(carrots.price.amount) == "1320.92"


def test_foodsofts_newer_list_with_order_and_price_units() -> None:
    rows = sample("foodsoft", "foodsoft_units.csv")

    assert refused(rows) == {6: ("price_unit", "unit_not_related")}
    nuts, juice, rice, soap = (taken(rows, number) for number in (2, 3, 4, 5))
    assert (nuts.unit, nuts.step, nuts.case_size) == ("KGM", Decimal("0.5"), Decimal(1))
    assert str(nuts.price.amount) == "19.08"
    # (2.50 + 0.25) with 6 per cent is 2.915: half to even, of which 0.265 is the deposit.
    assert (juice.variant, juice.case_size, str(juice.price.amount)) == ("Bottle", Decimal(12), "2.66")
    assert juice.deposit is not None
    assert str(juice.deposit.price.amount) == "0.26"
    assert (rice.variant, rice.case_size) == ("5 kg bag", Decimal(1))
    assert soap.listed is False


def test_the_list_of_another_foodsoft_has_a_column_for_its_own_ids() -> None:
    lines = (SAMPLES / "foodsoft_units.csv").read_text().splitlines()
    longer = "\n".join(
        f"{line};{'https://foodsoft.example/f/' if place == 0 else place}" for place, line in enumerate(lines)
    )
    assert list(map(str, read("foodsoft", longer.encode()))) == list(
        map(str, sample("foodsoft", "foodsoft_units.csv").values())
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.50", "12.50"),
        ("12,50", "12.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234567"),
        ("1 234,5", "1234.5"),
        ("$ 1,200.00", "1200.00"),
        ("0,125", "0.125"),
        ("-3", "-3"),
        ("1,234", None),
        ("12.3.4", None),
        ("1,23,456.7", None),
        ("1e5", None),
        ("NaN", None),
        ("gratis", None),
        ("١٢", None),
    ],
)
def test_numbers_as_people_write_them(text: str, value: str | None) -> None:
    assert sheets.number(text) == (None if value is None else Decimal(value))


@given(st.decimals(0, 999_999, places=2), st.sampled_from([",", "."]))
def test_any_price_reads_back_with_either_mark(value: Decimal, mark: str) -> None:
    assert sheets.number(str(value).replace(".", mark)) == value


@given(st.text(max_size=30))
def test_no_text_makes_the_number_reader_fail(text: str) -> None:
    value = sheets.number(text)
    assert value is None or value.is_finite()


@given(st.binary(max_size=300), st.sampled_from(["trama", "ofn", "foodsoft"]))
def test_no_file_makes_a_reader_fail_otherwise_than_by_saying_why(body: bytes, name: Name) -> None:
    header = {"trama": b"product,category,unit,price\n", "ofn": b"name,category,units,price\n", "foodsoft": b";" * 13}
    with suppress(Invalid):
        assert all(isinstance(one, Row | Refusal) for one in read(name, header[name] + b"\n" + body))


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+SUM(A1)", "-cmd|' /C calc'!A0", '=HYPERLINK("x")', " =A1"])
def test_formulas_are_refused(cell: str) -> None:
    [row] = read("trama", f'product,category,unit,price\n"{cell.replace('"', '""')}",fruit,kg,1\n'.encode())

    assert isinstance(row, Refusal)
    assert (row.error.field, row.error.code) == ("product", "formula")


@pytest.mark.parametrize("cell", ["- sin plaguicidas (nunca)", "+ de 3 años", "-5 °C", "'=lo que era'"])
def test_what_only_looks_a_little_like_a_formula_is_taken(cell: str) -> None:
    [row] = read("trama", f"product,category,unit,price\n{cell},fruit,kg,1\n".encode())

    assert isinstance(row, Row)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "file_empty"),
        (b"\n \n", "file_empty"),
        (b"product,price\nx,1\n", "column_missing"),
        (b"PK\x03\x04\x00\x00", "not_xlsx"),
        (b"product,category,unit,price\n" + b"x,fruit,kg,1\n" * 5_001, "too_many_rows"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_whole(body: bytes, code: str) -> None:
    with pytest.raises(Invalid) as raised:
        read("trama", body)
    assert raised.value.code == code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_encodings_separators_and_line_ends(encoding: str, separator: str, ending: str) -> None:
    lines = ["product,category,unit,price", "Piña miel,Frutas,pieza,35.50", "", "Limón,fruit,kg,20"]
    text = ending.join(line.replace(",", separator) for line in lines)
    rows = read("trama", text.encode(encoding))

    assert [(row.row, row.name) for row in rows if isinstance(row, Row)] == [(2, "Piña miel"), (4, "Limón")]


@pytest.mark.parametrize("number", ["9" * 40, "0." + "0" * 30 + "1"])
def test_numbers_beyond_reckoning_are_refused_as_such(number: str) -> None:
    [row] = read("trama", f"product,category,unit,price,step\nx,fruit,kg,1,{number}\n".encode())

    assert isinstance(row, Refusal)
    assert (row.error.field, row.error.code) == ("step", "not_a_number")


@pytest.mark.parametrize(
    ("text", "name", "unit"),
    [
        ("kg", "1 kg", "KGM"),
        ("1kg", "1 kg", "KGM"),
        ("1 Liter", "1 l", "LTR"),
        ("Stunde", "1 h", "HUR"),
        ("500 g", "500 g", "H87"),
        ("10 kg", "10 kg", "H87"),
        ("Stück", "Stück", "H87"),
        ("4x250ml", "4x250ml", "H87"),
    ],
)
def test_what_one_of_it_is(text: str, name: str, unit: str) -> None:
    found = pack(text)
    assert found == Pack(name, found.unit, found.content)
    assert found.unit == unit


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("500 g", (Decimal(500), "GRM")),
        ("0,75 l", (Decimal("0.75"), "LTR")),
        ("33 cl", (Decimal(330), "MLT")),
        ("10 kg", (Decimal(10), "KGM")),
        ("1 kg", None),
        ("4x250ml", None),
        ("12 huevos", None),
        ("9999999 kg", None),
        ("0 g", None),
    ],
)
def test_what_a_pack_holds_where_its_name_says_so(text: str, content: tuple[Decimal, str] | None) -> None:
    found = pack(text).content
    assert (None if found is None else (found.quantity, found.unit)) == content


REPORTS = {
    "en": "Supplier,Producer Suburb,Product,Product Properties,Taxons,Variant Value,Price,Group Buy Unit Quantity,"
    "Amount,SKU,On Demand?,On Hand\n"
    "Rancho,Colón,Tomato,Organic,Vegetables,1kg,40.0,,,T-1,false,12\n"
    "Rancho,Colón,Tomato,Organic,Vegetables,Baby (250mL),18.5,,,,true,On demand\n"
    "Rancho,Colón,Bread,,Nothing we know,1 loaf,60.0,,,,false,3\n",
    "es": "Proveedor,Barrio Productora,Producto,Propiedades del producto,Clasificación,Valor de la variante,Precio,"
    "Agrupar por cantidad unidad,Cantidad,SKU,Bajo demanda?,Disponibles\n"
    "Rancho,Colón,Tomato,Organic,Verduras,1kg,40.0,,,T-1,false,12\n"
    "Rancho,Colón,Tomato,Organic,Verduras,Baby (250mL),18.5,,,,true,Bajo demanda\n"
    "Rancho,Colón,Bread,,Nothing we know,1 loaf,60.0,,,,false,3\n",
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())
def test_the_report_that_open_food_network_gives_out_is_read_too(report: str) -> None:
    kilo, small, bread = read("ofn", report.encode())
    assert isinstance(kilo, Row)
    assert isinstance(small, Row)
    assert isinstance(bread, Refusal)
    assert (kilo.producer, kilo.name, kilo.variant, kilo.unit, kilo.sku) == ("Rancho", "Tomato", "1 kg", "KGM", "T-1")
    assert (str(kilo.price.amount), kilo.on_hand, kilo.category) == ("40.00", Decimal(12), "vegetables")
    assert (small.variant, small.unit, small.policy, small.on_hand) == ("Baby, 250mL", "H87", "on_demand", None)
    assert (bread.error.field, bread.error.code) == ("category", "unknown_category")
    chosen, table = FORMATS["ofn"], sheets.read(report.encode())
    assert chosen.place(table, bread.error.field) == 4
    assert len(chosen.ignored(table)) == 4


OUR_HEADER = "product,category,unit,price,{}"


@pytest.mark.parametrize(
    ("columns", "cells", "field", "code"),
    [
        ("product_id", "7", "product_id", "not_an_id"),
        ("shelf_life_days", "0", "shelf_life_days", "not_days"),
        ("shelf_life_days", "1.5", "shelf_life_days", "not_days"),
        ("storage", "cellar", "storage", "unknown_word"),
        ("latitude,longitude", "20.5,", "longitude", "half_a_place"),
        ("place,latitude,longitude", "Aquí,91,0", "latitude", "not_degrees"),
        ("place,latitude,longitude", "Aquí,x,0", "latitude", "not_degrees"),
        ("latitude,longitude", "20.5,-100", "place", "missing"),
        ("net_content,net_unit", "500,", "net_unit", "missing"),
        ("net_content,net_unit", "500,oz", "net_unit", "unknown_unit"),
        ("net_content,net_unit", "0,g", "net_content", "size_out_of_range"),
        ("tax_rate", "101", "tax_rate", "not_a_percentage"),
        ("deposit", "5", "deposit_name", "missing"),
        ("deposit,deposit_name", "-5,Frasco", "deposit", "price_not_positive"),
        ("piece_min", "0.5", "piece_max", "missing"),
        ("season", "junio", "season", "not_a_season"),
        ("product_en,description_en", ",Red", "product_en", "missing"),
        ("tax_included", "quizá", "tax_included", "not_yes_or_no"),
    ],
)
def test_what_our_list_says_wrongly_is_named_with_its_column(columns: str, cells: str, field: str, code: str) -> None:
    [row] = read("trama", f"{OUR_HEADER.format(columns)}\nx,fruit,kg,1,{cells}\n".encode())
    assert isinstance(row, Refusal)
    assert (row.error.field, row.error.code) == (field, code)


def test_a_list_saved_as_xlsx_is_the_same_list() -> None:
    rows = [["product", "category", "unit", "price"], ["Jitomate", "vegetables", "kg", "38.50"]]
    as_csv, as_workbook = sheets.write_csv(rows[0], rows[1:]), sheets.write_xlsx("lista", rows[0], rows[1:])
    assert read("trama", as_workbook) == read("trama", as_csv)
    assert isinstance(read("trama", as_workbook)[0], Row)
