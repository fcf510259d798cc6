"""Packing lists: grouped by member or by product, written as CSV."""

import csv
import io
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Literal

from orders.base import AnyRow
from orders.pickup.schemas import ListGroup, ListLine, PackingList

By = Literal["member", "product"]
#: A spreadsheet would take a cell that starts like this for a formula, and run it (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: What a spreadsheet shows: the field of a line, and its heading in English.
COLUMNS = {
    "pickup_point": "Pickup point",
    "number": "Order",
    "member_number": "Member number",
    "member": "Member",
    "producer": "Producer",
    "name": "Product",
    "unit": "Unit",
    "ordered": "Ordered",
    "tolerance": "Tolerance",
    "allocated": "To pack",
    "packed": "Packed",
}


def packing_list(cycle: str, by: By, rows: Iterable[AnyRow]) -> PackingList:
    """The list of a cycle; by member in the order of the rows, by product in that of their names."""
    lines = [_line(row) for row in rows]
    if by == "member":
        groups = _grouped(lines, lambda line: str(line.order_id), _order_group)
    else:
        groups = _grouped(lines, lambda line: str(line.variant_id), _product_group)
        groups.sort(key=lambda group: group.title.casefold())
    return PackingList(cycle=cycle, by=by, groups=groups)


def _line(row: AnyRow) -> ListLine:
    return ListLine(
        order_id=row.order_id,
        line_id=row.line_id,
        number=row.number,
        member=row.member,
        member_number=row.member_number,
        pickup_point=row.pickup_point,
        variant_id=row.variant_id,
        name=row.name,
        producer=row.producer_name,
        unit=row.unit,
        ordered=row.quantity,
        tolerance=row.tolerance,
        allocated=row.allocated,
        packed=row.packed,
    )


def _grouped(
    lines: Iterable[ListLine], key: Callable[[ListLine], str], make: Callable[[list[ListLine]], ListGroup]
) -> list[ListGroup]:
    found: dict[str, list[ListLine]] = {}
    for line in lines:
        found.setdefault(key(line), []).append(line)
    return [make(group) for group in found.values()]


def _order_group(lines: list[ListLine]) -> ListGroup:
    first = lines[0]
    title = " · ".join(part for part in (first.number, first.member, first.member_number) if part)
    return ListGroup(title=title, subtitle=first.pickup_point, total=None, lines=lines)


def _product_group(lines: list[ListLine]) -> ListGroup:
    amounts = (line.ordered if line.allocated is None else line.allocated for line in lines)
    return ListGroup(title=lines[0].name, subtitle=lines[0].producer, total=sum(amounts, Decimal(0)), lines=lines)


def as_csv(found: PackingList, say: Callable[[str], str]) -> str:
    """The list as CSV (RFC 4180, with a byte order mark so that spreadsheets read it as UTF-8), its headings said."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([say(heading) for heading in COLUMNS.values()])
    for group in found.groups:
        for line in group.lines:
            shown = line.model_dump(mode="json")
            writer.writerow([_cell(shown[column]) for column in COLUMNS])
    return "\ufeff" + text.getvalue()


def _cell(value: str | None) -> str:
    """What a spreadsheet would run as a formula is marked as text."""
    text = value or ""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
