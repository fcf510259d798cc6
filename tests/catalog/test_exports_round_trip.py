"""Our own list goes out and comes in again as it was, whatever it says; the foreign lists are read as they should be."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.exports.formats import Name, Sheet, Words, sheet
from catalog.exports.listed import Left, Listed
from catalog.imports.formats import FORMATS
from catalog.imports.rows import Refusal, Row
from catalog.imports.rules import Import, plan
from catalog.producers.rules import Place, fold
from catalog.products.rules import (
    Allergens,
    Conservation,
    Deposit,
    NetContent,
    PieceWeight,
    Product,
    Terms,
    Variant,
    Window,
    Wording,
    faults,
)
from catalog.products.vocabulary import ALLERGENS, CATEGORIES, PRACTICES
from catalog.stock.rules import Stock
from contracts.values import Location, Money
from kit import sheets
from kit.ids import new_id

FARM = UUID(int=1)
NOW = datetime(2026, 11, 21, tzinfo=UTC)
TERMS = Terms("MXN", "HOUR")
SAYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufffd"), max_size=20).map(str.strip)
WORDS = SAYS | st.sampled_from(["=1+1", "'=x", "-5", "+52 442", 'Ñandú; "b",c', "dos\r\nrenglones", "a\x07b"])
#: At least one letter that a workbook can hold: an empty cell says nothing.
NAMES = WORDS.filter(lambda text: any(letter.isprintable() for letter in text))
CENTS = st.decimals("0.01", "99999", places=2)
SIZES = st.decimals("0.001", "9999", places=3)
MONEY = CENTS.map(lambda amount: Money(amount=amount, currency="MXN"))
PLACES = st.builds(Place, NAMES, st.none() | st.builds(Location, lat=st.floats(-90, 90), lon=st.floats(-180, 180)))
WINDOWS = st.sampled_from([Window("06-15", "09-30"), Window("11-01", "02-15"), Window("2026-06-15", "2026-07-02")])


@st.composite
def variants(draw: st.DrawFn) -> Variant:
    unit = draw(st.sampled_from(["KGM", "LTR", "H87", "HUR"]))
    step = draw(SIZES)
    weighed = unit == "KGM" and draw(st.booleans())
    weights = sorted([draw(SIZES), draw(SIZES)])
    return Variant(
        id=new_id(),
        name=draw(NAMES),
        sku=draw(st.none() | NAMES),
        unit=unit,  # type: ignore[arg-type]  # one of the sampled
        price=draw(MONEY),
        price_from=NOW,
        case_size=step * draw(st.integers(1, 9)),
        step=step,
        minimum=step * draw(st.integers(1, 9)),
        variable_weight=weighed,
        credit_share=draw(st.integers(0, 100)),
        policy=draw(st.sampled_from(["on_demand", "tracked"])),
        net_content=draw(
            st.none() | st.builds(NetContent, SIZES, st.sampled_from(["KGM", "GRM", "LTR", "MLT", "H87"]))
        ),
        tax_rate=draw(st.none() | st.decimals(0, 100, places=3)),
        tax_included=draw(st.booleans()),
        deposit=draw(st.none() | st.builds(Deposit, NAMES, MONEY)) if unit == "H87" else None,
        piece_weight=PieceWeight(*weights) if weighed and draw(st.booleans()) else None,
        season=draw(st.just(()) | st.tuples(WINDOWS) | st.tuples(WINDOWS, WINDOWS)),
    )


@st.composite
def products(draw: st.DrawFn) -> Product:
    codes = draw(st.lists(st.sampled_from(sorted(ALLERGENS)), unique=True, max_size=4))
    half = draw(st.integers(0, len(codes)))
    conservation = st.builds(
        Conservation,
        st.none() | st.sampled_from(["ambient", "chilled", "frozen"]),
        st.none() | st.integers(1, 3650),
        WORDS,
    )
    listed = draw(st.lists(variants(), min_size=1, max_size=3, unique_by=lambda variant: fold(variant.name)))
    product = Product(
        id=new_id(),
        member_id=FARM,
        kind=draw(st.sampled_from(["good", "service", "knowledge"])),
        name=draw(NAMES),
        description=draw(WORDS),
        category=draw(st.sampled_from(sorted(CATEGORIES))),
        practices=tuple(draw(st.lists(st.sampled_from(sorted(PRACTICES)), unique=True, max_size=3))),
        status=draw(st.sampled_from(["draft", "published", "paused"])),
        version=3,
        variants=tuple(listed),
        translations=draw(
            st.dictionaries(
                st.sampled_from(["en", "otq", "es-EC", "zh-Hant"]), st.builds(Wording, NAMES, WORDS), max_size=2
            )
        ),
        allergens=draw(st.none() | st.just(Allergens(tuple(codes[:half]), tuple(codes[half:])))),
        conservation=draw(st.none() | conservation),
        place=draw(st.none() | PLACES),
    )
    # What can't be on a list can't come out of it.
    while next(faults(product, TERMS), None) is not None:  # pragma: no cover
        raise AssertionError(next(faults(product, TERMS)))
    return product


def written(made: Sheet, *, workbook: bool) -> bytes:
    if workbook:
        return sheets.write_xlsx("x", made.header, made.rows)
    return sheets.write_csv(made.header, made.rows, separator=made.separator, byte_order_mark=made.byte_order_mark)


def listed_of(product: Product, on_hand: Decimal) -> Listed:
    left = {one.id: Left(on_hand, on_hand) for one in product.variants if one.policy == "tracked"}
    return Listed(product, "Rancho", product.practices, left)


def read_back(
    name: Name, listed: Iterable[Listed], *, workbook: bool = False, language: str = "es"
) -> list[Row | Refusal]:
    body = written(sheet(name, list(listed), Words(language, "Default")), workbook=workbook)
    return list(FORMATS[name].read(sheets.read(body, FORMATS[name].encoding), "MXN"))


@given(st.lists(products(), min_size=1, max_size=3), SIZES, st.booleans())
@settings(max_examples=40)
def test_a_list_that_was_exported_changes_nothing_when_it_comes_back(
    offered: list[Product], on_hand: Decimal, workbook: bool
) -> None:
    numbers = iter(range(100))
    for place, product in enumerate(offered):
        # Numbers are told apart in a member's list.
        apart = [replace(one, sku=one.sku and f"{one.sku} {next(numbers)}") for one in product.variants]
        offered[place] = replace(product, variants=tuple(apart))
    read = read_back("trama", [listed_of(product, on_hand) for product in offered], workbook=workbook)
    rows = [(FARM, row) for row in read if isinstance(row, Row)]
    stock = {
        one.id: Stock(one.id, FARM, one.policy, True, on_hand, Decimal(0), 1)
        for product in offered
        for one in product.variants
    }
    found = plan(rows, offered, stock, Import(TERMS, NOW, new_id, False, {}))

    assert [str(one.error) for one in read if isinstance(one, Refusal)] == []
    assert [(one.row, one.error.field, str(one.error)) for one in found.refused] == []
    changed = [(was, now) for was, now, _ in found.changed()]
    assert changed == []
    assert found.unchanged == len(rows)


def test_a_list_that_says_nothing_of_tax_leaves_a_price_that_stays_as_it_was_set() -> None:
    product = preserve(jam(tax_included=False))
    [row] = read_back("ofn", [listed_of(product, Decimal(5))])
    assert isinstance(row, Row)
    same = replace(row, variant="Frasco 500 g", price=product.variants[0].price)
    stock = {one.id: Stock(one.id, FARM, "tracked", True, Decimal(5), Decimal(0), 1) for one in product.variants}

    def tax_included(price: Row) -> list[bool]:
        found = plan([(FARM, price)], [product], stock, Import(TERMS, NOW, new_id, False, {}))
        return [variant.tax_included for variant in found.after[product.id].variants]

    assert tax_included(same) == [False]
    assert tax_included(replace(same, price=Money(amount=Decimal(90), currency="MXN"))) == [True]


def jam(**more: object) -> Variant:
    variant = Variant(
        id=new_id(),
        name="Frasco 500 g",
        sku=None,
        unit="H87",
        price=Money(amount=Decimal("85.00"), currency="MXN"),
        price_from=NOW,
        case_size=Decimal(1),
        step=Decimal(1),
        minimum=Decimal(1),
        variable_weight=False,
        credit_share=0,
        policy="tracked",
        net_content=NetContent(Decimal(500), "GRM"),
        tax_rate=Decimal(16),
        deposit=Deposit("Frasco", Money(amount=Decimal("7.00"), currency="MXN")),
    )
    return replace(variant, **more)  # type: ignore[arg-type]  # fields of the test's own naming


def preserve(*listed: Variant) -> Product:
    return Product(
        new_id(), FARM, "good", "Mermelada de tejocote", "De la barranca", "jam", ("artisanal",), "published", 1, listed
    )


@given(CENTS, st.sampled_from(["0", "6", "7.5", "16", "21"]), st.none() | CENTS, st.booleans())
def test_foodsoft_charges_to_the_cent_what_is_paid_here(
    price: Decimal, tax: str, deposit: Decimal | None, workbook: bool
) -> None:
    held = Deposit("Frasco", Money(amount=deposit, currency="MXN")) if deposit else None
    variant = jam(price=Money(amount=price, currency="MXN"), tax_rate=Decimal(tax), deposit=held)
    [row] = read_back("foodsoft", [listed_of(preserve(variant), Decimal(5))], workbook=workbook)

    assert isinstance(row, Row)
    total = row.price.amount + (row.deposit.price.amount if row.deposit else 0)
    assert total == price + (deposit or 0)


def test_foodsoft_reads_names_units_and_cases_as_it_wants_them() -> None:
    kilos = jam(name="Kilo", unit="KGM", step=Decimal("0.5"), case_size=Decimal(10), deposit=None, net_content=None)
    boxed = jam(name="Frasco grande de vidrio", case_size=Decimal(12), sku="T-12")
    made = sheet("foodsoft", [listed_of(preserve(jam(), kilos, boxed), Decimal(5))], Words("es", ""))

    jar, kilo, box = ([str(cell) if cell is not None else "" for cell in row] for row in made.rows)
    assert (len(made.header), made.separator, made.byte_order_mark) == (18, ";", False)
    assert jar[:6] == ["Sí", jar[1], "Mermelada de tejocote, Frasco 500 g", "", "Frasco 500 g", ""]
    assert kilo[2:12] == [
        "Mermelada de tejocote, Kilo", "Paquete", "", "10 Kilogramos", "", "Kilogramos", "0.5", "Kilogramos", "73.275862",
        "Kilogramos",
    ]  # fmt: skip
    assert (box[1], box[3], box[5]) == ("T-12", "Paquete", "12 Pieza")
    long = [listed_of(preserve(jam(name="x" * 70)), Decimal(1)), listed_of(preserve(jam(name="x" * 71)), Decimal(1))]
    alone = sheet("foodsoft", [listed_of(preserve(jam()), Decimal(5)), *long], Words("en", ""))
    names = [str(row[2]) for row in alone.rows]
    assert names[0] == "Mermelada de tejocote"
    # Names that are cut to the same are told apart.
    assert names[2].endswith(" (2)")
    assert len(set(names)) == 3
    assert all(4 <= len(str(row[2])) <= 60 and len(str(row[4] or "")) <= 15 for row in (*made.rows, *alone.rows))
    again = read_back("foodsoft", [listed_of(preserve(jam(), kilos, boxed), Decimal(5))])
    assert [(row.unit, row.case_size) for row in again if isinstance(row, Row)] == [
        ("H87", Decimal(1)),
        ("KGM", Decimal(10)),
        ("H87", Decimal(12)),
    ]


def test_open_food_network_gets_whole_items_with_its_own_words() -> None:
    kilos = jam(
        name="1 kg", unit="KGM", net_content=None, deposit=None, price=Money(amount=Decimal(40), currency="MXN")
    )
    made_to_order = jam(name="Canasta", net_content=None, policy="on_demand", tax_included=False)
    out = jam(name="En agosto", in_season=False)
    product = preserve(jam(), kilos, made_to_order, out)
    made = sheet("ofn", [listed_of(product, Decimal("7.5"))], Words("es", "Frescos"))
    rows = [
        dict(zip(made.header, ("" if cell is None else str(cell) for cell in row), strict=True)) for row in made.rows
    ]

    assert made.byte_order_mark is False
    assert rows[0] == {
        "producer": "Rancho", "sku": "", "name": "Mermelada de tejocote", "display_name": "Frasco 500 g",
        "category": "Mermeladas", "description": "De la barranca", "units": "500", "unit_type": "g",
        "variant_unit_name": "", "price": "85.00", "on_hand": "7", "available_on": "", "on_demand": "0",
        "shipping_category": "Frescos", "tax_category": "",
    }  # fmt: skip
    assert (rows[1]["units"], rows[1]["unit_type"], rows[1]["display_name"]) == ("1", "kg", "")
    # 85.00 with 16 per cent, and there is no end of it.
    assert (rows[2]["price"], rows[2]["on_hand"], rows[2]["on_demand"]) == ("98.60", "", "1")
    assert (rows[2]["units"], rows[2]["unit_type"], rows[2]["variant_unit_name"]) == ("1", "", "Canasta")
    assert len(rows) == 3
    assert all(isinstance(row, Row) for row in read_back("ofn", [listed_of(product, Decimal("7.5"))]))
