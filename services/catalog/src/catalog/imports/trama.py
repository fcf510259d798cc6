"""This network's own list: one row per variant, named columns, any order.

Only ``product``, ``category``, ``unit`` and ``price`` are needed; ``practices`` are separated by a space or ``|``.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import cast, get_args

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
)
_REQUIRED = ("product", "category", "unit", "price")


def read(table: Table, currency: str) -> Iterator[Row | Refusal]:
    """Each row as a draft or as the reason why not. Raises Invalid if the header lacks a required column."""
    present = {name.strip().lower() for name in table.header}
    for cells in by_name(table, COLUMNS, _REQUIRED):
        try:
            yield _row(cells, currency, present)
        except Invalid as error:
            yield Refusal(cells.row, error)


def _row(cells: Cells, currency: str, present: set[str]) -> Row:
    if cells.text("currency").upper() not in ("", currency):
        raise Invalid("wrong_currency", "Prices are in {currency} here", field="currency", currency=currency)
    unit = unit_of(cells.text("unit", required=True))
    if unit is None:
        raise Invalid("unknown_unit", "One of {units}", field="unit", units="KGM, LTR, H87, HUR")
    code = category(cells.text("category", required=True))
    if code is None:
        raise Invalid("unknown_category", "No such category; GET /v1/categories lists them", field="category")
    words = cells.text("practices").replace("|", " ").replace(";", " ").split()
    return Row(
        row=cells.row,
        producer=cells.text("producer"),
        sku=cells.text("sku", longest=60) or None,
        name=cells.text("product", longest=120, required=True),
        variant=cells.text("variant", longest=120) or {"KGM": "1 kg", "LTR": "1 l", "HUR": "1 h", "H87": "1"}[unit],
        unit=unit,
        category=code,
        price=price(cells.number("price"), currency, "price"),
        kind=cast("ProductKind | None", _one_of(cells, "kind", get_args(ProductKind))),
        description=cells.text("description", longest=5000) if "description" in present else None,
        practices=tuple(words) if "practices" in present else None,
        case_size=cells.number("case_size"),
        step=cells.number("step"),
        minimum=cells.number("minimum"),
        variable_weight=cells.flag("variable_weight") if "variable_weight" in present else None,
        credit_share=_percent(cells.number("credit_share")),
        policy=cast("StockPolicy | None", _one_of(cells, "stock", get_args(StockPolicy))),
        on_hand=cells.number("on_hand"),
    )


def _one_of(cells: Cells, column: str, known: tuple[str, ...]) -> str | None:
    text = cells.text(column).lower()
    if text and text not in known:
        raise Invalid("unknown_word", "One of {words}", field=column, words=", ".join(known))
    return text or None


def _percent(value: Decimal | None) -> int | None:
    if value is None:
        return None
    if value != int(value):
        raise Invalid("not_a_percentage", "A whole number from 0 to 100", field="credit_share")
    return int(value)
