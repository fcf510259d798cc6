"""Packing lists on paper: one box to tick for each line."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from contracts.values import plain
from kit.paper import FAMILY, Sheet
from orders.pickup.schemas import ListGroup, ListLine, PackingList

_UNITS = {"KGM": "kg", "LTR": "l", "H87": "", "HUR": "h"}

type Say = Callable[[str], str]


def as_pdf(found: PackingList, say: Say, printed_at: datetime) -> bytes:
    """The list as a PDF, in the language that `say` speaks."""
    title = say("Packing list by member") if found.by == "member" else say("Packing list by product")
    sheet = Sheet(f"{found.cycle} · {title}", printed_at)
    sheet.text_line(found.cycle, 16, "B")
    sheet.text_line(f"{title} · {printed_at:%Y-%m-%d %H:%M}", 10)
    for group in found.groups:
        _group(sheet, found.by, group, say)
    if not found.groups:
        sheet.text_line(say("There is nothing to pack"), 11)
    return bytes(sheet.output())


def _group(sheet: Sheet, by: str, group: ListGroup, say: Say) -> None:
    if sheet.will_page_break(24):
        sheet.add_page()
    sheet.ln(3)
    total = "" if group.total is None else f": {_amount(group.total, group.lines[0].unit)}"
    sheet.text_line(f"{group.title}{total}", 12, "B")
    sheet.text_line(group.subtitle, 9)
    sheet.set_font(FAMILY, "", 10)
    with sheet.table(
        col_widths=(6, 52, 32, 20, 20), first_row_as_headings=True, line_height=6, text_align="LEFT"
    ) as table:
        headings = ("", say("Product") if by == "member" else say("Order"), say("Producer") if by == "member" else "")
        table.row((*headings, say("To pack"), say("Packed")))
        for line in group.lines:
            table.row(_row(by, line))


def _row(by: str, line: ListLine) -> tuple[str, str, str, str, str]:
    what = (line.name, line.producer) if by == "member" else (f"{line.number} · {line.member}", line.pickup_point)
    amount = line.ordered if line.allocated is None else line.allocated
    packed = "" if line.packed is None else _amount(line.packed, line.unit)
    return "", *what, _amount(amount, line.unit), packed


def _amount(amount: Decimal, unit: str) -> str:
    return f"{plain(amount)} {_UNITS.get(unit, unit)}".strip()
