"""Foodsoft's article list: semicolons, columns by place under a header in any language, ISO-8859-15 when exported.

Two layouts: 14 columns (an ``x`` in the first: not sold any more), and since Foodsoft 5 18 columns with order, price
and group units, with a 19th for the exporting Foodsoft's own address and ids, which mean nothing here. Prices are net; what is taken over is what its members paid before the food co-op's own margin:
(price + deposit) with tax, apart from each other where it is sold by the piece. Scale prices and the minimum of a supplier's order have no counterpart here. A list says
nothing of stock, so articles are on demand.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

from catalog.imports.categories import category
from catalog.imports.packs import pack
from catalog.imports.prices import price
from catalog.imports.rows import Refusal, Row
from catalog.producers.rules import fold
from catalog.products.rules import Deposit
from contracts.values import Money
from kit.errors import Invalid
from kit.sheets import Cells, Table, by_position, number

ENCODING = "iso8859-15"
_ARTICLE = (
    "status",
    "order_number",
    "name",
    "note",
    "manufacturer",
    "origin",
    "unit",
    "price",
    "tax",
    "deposit",
    "unit_quantity",
    "scale_quantity",
    "scale_price",
    "category",
)
_WITH_UNITS = (
    "available",
    "order_number",
    "name",
    "order_unit",
    "unit",
    "ratios",
    "minimum",
    "billing_unit",
    "granularity",
    "group_unit",
    "price",
    "price_unit",
    "tax",
    "deposit",
    "note",
    "category",
    "origin",
    "manufacturer",
)
#: A comma that separates ratios is not escaped and has a space after it.
_RATIO_END = re.compile(r"(?<!\\), ")
_RATIO = re.compile(r"^(\d[\d.]*) (.+)$")


def read(table: Table, currency: str) -> Iterator[Row | Refusal]:
    """Each row as a draft or as the reason why not. Raises Invalid if the columns are neither of the two layouts."""
    names = columns(table)
    older = names is _ARTICLE
    for cells in by_position(table, names):
        try:
            yield _article(cells, currency) if older else _article_with_units(cells, currency)
        except Invalid as error:
            yield Refusal(cells.row, error)


def columns(table: Table) -> tuple[str, ...]:
    """What each place holds in this file. Raises Invalid if it has as many as neither layout."""
    width = len(table.header)
    if width not in (13, 14, 17, 18, 19):
        raise Invalid("not_foodsoft", "A Foodsoft list has 14 or 18 columns, this file has {width}", width=width)
    return _ARTICLE if width <= len(_ARTICLE) else _WITH_UNITS


def _article(cells: Cells, currency: str) -> Row:
    return _row(
        cells,
        currency,
        unit=cells.text("unit", required=True, longest=60),
        case_size=cells.number("unit_quantity"),
        step=None,
        listed=fold(cells.text("status")) != "x",
    )


def _article_with_units(cells: Cells, currency: str) -> Row:
    order_unit = cells.text("order_unit") or cells.text("unit", required=True, longest=60)
    price_unit = cells.text("price_unit") or order_unit
    sold_by = fold(price_unit)
    contents = {fold(order_unit): Decimal(1)} | _contents(cells.text("ratios"))
    if sold_by not in contents:
        raise Invalid("unit_not_related", "Say how many of it the order unit holds", field="price_unit")
    return _row(
        cells,
        currency,
        unit=price_unit,
        case_size=contents[sold_by],
        step=cells.number("granularity") if fold(cells.text("group_unit") or order_unit) == sold_by else None,
        # An empty cell is "no": only what says yes, in whatever language, is available.
        listed=bool(cells.text("available")) and fold(cells.text("available")) not in ("no", "nein", "nee", "non"),
    )


def _contents(ratios: str) -> dict[str, Decimal]:
    """How much of each unit one order unit holds: "2 box, 12 piece" is two boxes of twelve pieces each."""
    found: dict[str, Decimal] = {}
    product = Decimal(1)
    for part in _RATIO_END.split(ratios) if ratios else []:
        match = _RATIO.match(part.strip())
        quantity = number(match[1]) if match else None
        if match is None or not quantity:
            raise Invalid("ratio_not_read", "Write it as a number and a unit, such as 12 piece", field="ratios")
        product *= quantity
        found[fold(match[2].replace("\\,", ","))] = product
    return found


def _row(
    cells: Cells, currency: str, *, unit: str, case_size: Decimal | None, step: Decimal | None, listed: bool
) -> Row:
    name = cells.text("name", longest=120, required=True)
    code = category(cells.text("category")) if cells.text("category") else "other"
    if code is None:
        raise Invalid("unknown_category", "No such category; GET /v1/categories lists them", field="category")
    sold = pack(unit)
    paid, deposit = _paid(cells, currency, apart=sold.unit == "H87")
    number, ours = _number(cells)
    return Row(
        row=cells.row,
        producer="",
        sku=number,
        variant_id=ours,
        name=name,
        variant=sold.name,
        unit=sold.unit,
        category=code,
        price=paid,
        tax_rate=_tax(cells),
        tax_included=True,
        deposit=None if deposit is None else Deposit(sold.name, deposit),
        net_content=sold.content,
        description=_description(cells),
        case_size=case_size,
        step=step,
        first_step=Decimal(1) if sold.unit in ("KGM", "LTR") else None,
        policy="on_demand",
        listed=listed,
    )


def _paid(cells: Cells, currency: str, *, apart: bool) -> tuple[Money, Money | None]:
    """What was paid, with tax: the price, and the deposit if the two are to be told apart and there is one."""
    net, pledged = cells.number("price"), cells.number("deposit") or Decimal(0)
    factor = 1 + _tax(cells) / 100
    together = price(None if net is None else (net + pledged) * factor, currency, "price")
    if not apart or pledged <= 0:
        return together, None
    deposit = price(pledged * factor, currency, "deposit")
    return price(together.amount - deposit.amount, currency, "price"), deposit


def _number(cells: Cells) -> tuple[str | None, UUID | None]:
    """The seller's own number, or our variant's id where our own export gave it as the number."""
    text = cells.text("order_number", longest=60)
    try:
        return None, UUID(text)
    except ValueError:
        return text or None, None


def _tax(cells: Cells) -> Decimal:
    rate = cells.number("tax") or Decimal(0)
    if not 0 <= rate <= 100:
        raise Invalid("not_a_percentage", "A percentage from 0 to 100", field="tax")
    return rate


def _description(cells: Cells) -> str:
    parts = (cells.text("note", longest=1000), cells.text("manufacturer"), cells.text("origin"))
    return " · ".join(part for part in parts if part)
