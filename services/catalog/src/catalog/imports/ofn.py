"""Open Food Network's product import: comma-separated, named columns, one row per variant.

Rows of one producer with the same ``name`` are variants of one product. ``units`` with a ``unit_type`` (mg, g, kg,
oz, lb, t, ml, cl, dl, l, kl, gal) or with a ``variant_unit_name`` say what one item is; ``price`` is for that item. An empty
``on_hand`` without ``on_demand`` is none in stock. ``available_on``, ``shipping_category`` and ``tax_category`` have
no counterpart here and are left aside.

Open Food Network itself gives its products out as a report only ("All products"), with its headers in the instance's
language and the item in one cell ("Baby (250g)"): that is read, too.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from catalog.imports.categories import category
from catalog.imports.packs import Pack, measured
from catalog.imports.packs import pack as pack_of
from catalog.imports.prices import price
from catalog.imports.rows import Refusal, Row
from catalog.producers.rules import fold
from kit.errors import Invalid
from kit.sheets import Cells, Table, by_name

ENCODING = "cp1252"
COLUMNS = (
    "producer",
    "sku",
    "name",
    "display_name",
    "category",
    "description",
    "units",
    "unit_type",
    "variant_unit_name",
    "price",
    "on_hand",
    "on_demand",
    "variant_value",
)
_REQUIRED = ("name", "category", "units", "price")
_REQUIRED_OF_REPORT = ("name", "category", "variant_value", "price")
#: The report's headers in English and Spanish, as the columns that they are.
_REPORT = {
    "supplier": "producer",
    "proveedor": "producer",
    "product": "name",
    "producto": "name",
    "taxons": "category",
    "clasificacion": "category",
    "clasificaciones": "category",
    "variant_value": "variant_value",
    "valor_de_la_variante": "variant_value",
    "precio": "price",
    "on_hand": "on_hand",
    "disponibles": "on_hand",
    "on_demand?": "on_demand",
    "bajo_demanda?": "on_demand",
}
#: A name with the unit behind it: "Baby (250g)".
_NAMED = re.compile(r"(.+) \(([^()]+)\)")
_UNIT_TYPES = frozenset({"mg", "g", "kg", "oz", "lb", "t", "ml", "cl", "dl", "l", "kl", "gal"})


def read(table: Table, currency: str) -> Iterator[Row | Refusal]:
    """Each row as a draft or as the reason why not. Raises Invalid if the header lacks a required column."""
    names = columns(table)
    described = "description" in names
    required = _REQUIRED_OF_REPORT if "variant_value" in names else _REQUIRED
    for cells in by_name(Table(names, table.rows), COLUMNS, required):
        try:
            yield _row(cells, currency, described)
        except Invalid as error:
            yield Refusal(cells.row, error)


def columns(table: Table) -> tuple[str, ...]:
    """What each column is, in the import's words, whichever of the two lists it is."""
    names = tuple(fold(name).replace(" ", "_") for name in table.header)
    told = tuple(_REPORT.get(name, name) for name in names)
    return told if "variant_value" in told else names


def _row(cells: Cells, currency: str, described: bool) -> Row:
    display, pack = _item(cells)
    code = category(cells.text("category", required=True))
    if code is None:
        raise Invalid("unknown_category", "No such category; GET /v1/categories lists them", field="category")
    on_demand = cells.flag("on_demand")
    # The report says "On demand" there, in the instance's language.
    on_hand = None if on_demand else cells.number("on_hand")
    return Row(
        row=cells.row,
        producer=cells.text("producer"),
        sku=cells.text("sku", longest=60) or None,
        name=cells.text("name", longest=120, required=True),
        variant=f"{display}, {pack.name}" if display else pack.name,
        unit=pack.unit,
        category=code,
        price=price(cells.number("price"), currency, "price"),
        description=cells.text("description", longest=5000) if described else None,
        # An item is bought whole there, also where it weighs just one kilo.
        first_step=None if pack.unit == "H87" else Decimal(1),
        net_content=pack.content,
        policy="on_demand" if on_demand else "tracked",
        on_hand=None if on_demand else (on_hand or Decimal(0)),
    )


def _item(cells: Cells) -> tuple[str, Pack]:
    """The variant's own name, if it has one, and what one item of it is."""
    value = cells.text("variant_value", longest=80)
    if not value:
        return cells.text("display_name", longest=80), _pack(cells)
    named = _NAMED.fullmatch(value)
    return (named[1], pack_of(named[2])) if named else ("", pack_of(value))


def _pack(cells: Cells) -> Pack:
    amount = cells.number("units")
    if amount is None:
        raise Invalid("missing", "Must not be empty", field="units")
    if amount <= 0:
        raise Invalid("not_positive", "Must be more than zero", field="units")
    unit_type = cells.text("unit_type").lower()
    if unit_type:
        if unit_type not in _UNIT_TYPES:
            raise Invalid("unknown_unit", "One of {units}", field="unit_type", units=", ".join(sorted(_UNIT_TYPES)))
        return measured(amount, unit_type)
    item = cells.text("variant_unit_name", longest=60)
    if not item:
        raise Invalid("missing", "Must not be empty without a unit_type", field="variant_unit_name")
    return Pack(item if amount == 1 else measured(amount, item).name, "H87")
