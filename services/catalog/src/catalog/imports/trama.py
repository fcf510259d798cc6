"""This network's own list: one row per variant, named columns, any order.

Only ``product``, ``category``, ``unit`` and ``price`` are needed; where several codes go into a cell they are separated
by a space or ``|``. ``product_id`` and ``variant_id`` say what an exported row speaks of, whatever it is called now.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import cast, get_args
from uuid import UUID

from catalog.imports import particulars
from catalog.imports.categories import category
from catalog.imports.packs import unit_of
from catalog.imports.prices import price
from catalog.imports.rows import Refusal, Row
from contracts.catalog import ProductKind, StockPolicy
from kit.errors import Invalid
from kit.sheets import Cells, Table, by_name

ENCODING = "cp1252"
COLUMNS = (
    "producer",
    "sku",
    "product",
    "variant",
    "kind",
    "category",
    "practices",
    "description",
    "unit",
    "price",
    "currency",
    "stock",
    "on_hand",
    "case_size",
    "step",
    "minimum",
    "variable_weight",
    "credit_share",
    "product_id",
    "variant_id",
    *particulars.COLUMNS,
)
_REQUIRED = ("product", "category", "unit", "price")


def read(table: Table, currency: str) -> Iterator[Row | Refusal]:
    """Each row as a draft or as the reason why not. Raises Invalid if the header lacks a required column."""
    present = {name.strip().lower() for name in table.header}
    languages = particulars.languages(table)
    for cells in by_name(table, (*COLUMNS, *languages), _REQUIRED):
        try:
            yield _row(cells, currency, present, languages)
        except Invalid as error:
            yield Refusal(cells.row, error)


def _row(cells: Cells, currency: str, present: set[str], languages: Mapping[str, str]) -> Row:
    if cells.text("currency").upper() not in ("", currency):
        raise Invalid("wrong_currency", "Prices are in {currency} here", field="currency", currency=currency)
    unit = unit_of(cells.text("unit", required=True))
    if unit is None:
        raise Invalid("unknown_unit", "One of {units}", field="unit", units="KGM, LTR, H87, HUR")
    code = category(cells.text("category", required=True))
    if code is None:
        raise Invalid("unknown_category", "No such category; GET /v1/categories lists them", field="category")
    return Row(
        row=cells.row,
        producer=cells.text("producer"),
        sku=cells.text("sku", longest=60) or None,
        name=cells.text("product", longest=120, required=True),
        variant=cells.text("variant", longest=120) or {"KGM": "1 kg", "LTR": "1 l", "HUR": "1 h", "H87": "1"}[unit],
        unit=unit,
        category=code,
        price=price(cells.number("price"), currency, "price"),
        kind=cast("ProductKind | None", particulars.one_of(cells, "kind", get_args(ProductKind))),
        description=cells.text("description", longest=5000) if "description" in present else None,
        practices=particulars.codes(cells, "practices") if "practices" in present else None,
        translations=particulars.translations(cells, languages),
        allergens=particulars.allergens(cells),
        conservation=particulars.conservation(cells),
        place=particulars.place(cells),
        case_size=cells.number("case_size"),
        step=cells.number("step"),
        minimum=cells.number("minimum"),
        variable_weight=cells.flag("variable_weight") if "variable_weight" in present else None,
        credit_share=_percent(cells.number("credit_share")),
        policy=cast("StockPolicy | None", particulars.one_of(cells, "stock", get_args(StockPolicy))),
        on_hand=cells.number("on_hand"),
        net_content=particulars.net_content(cells),
        tax_rate=particulars.tax_rate(cells),
        tax_included=cells.flag("tax_included") if cells.text("tax_included") else None,
        deposit=particulars.deposit(cells, currency),
        piece_weight=particulars.piece_weight(cells),
        season=particulars.season(cells),
        product_id=_id(cells, "product_id"),
        variant_id=_id(cells, "variant_id"),
    )


def _id(cells: Cells, column: str) -> UUID | None:
    text = cells.text(column)
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("not_an_id", "Leave it as it was exported, or empty", field=column) from None


def _percent(value: Decimal | None) -> int | None:
    if value is None:
        return None
    if value != int(value):
        raise Invalid("not_a_percentage", "A whole number from 0 to 100", field="credit_share")
    return int(value)
