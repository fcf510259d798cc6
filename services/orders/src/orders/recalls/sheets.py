"""The recall list on paper and as a spreadsheet: who has not answered comes first."""

from collections.abc import Callable, Iterator
from datetime import datetime

from kit.paper import FAMILY, Sheet
from orders.recalls.schemas import ReachedOut, RecallList
from orders.recalls.wording import amount

#: What there is a column for.
COLUMNS = ("Member", "Number", "Order", "Product", "Lot", "Amount", "Answer", "Note")

type Say = Callable[[str], str]


def rows(found: RecallList, say: Say) -> Iterator[list[str]]:
    for member in found.members:
        for line in member.lines:
            yield [
                member.name,
                member.number,
                line.order or "",
                line.product,
                line.lot,
                amount(line.quantity, line.unit),
                say(member.answer) if member.answer else "",
                member.note,
            ]


def as_pdf(found: RecallList, say: Say, printed_at: datetime) -> bytes:
    """The list as a PDF, in the language that `say` speaks, with a box to tick for each member."""
    title = f"{say('Recall')} {found.number}"
    sheet = Sheet(title, printed_at)
    sheet.text_line(title, 16, "B")
    sheet.text_line(f"{found.issued_at:%Y-%m-%d} · {found.reason}", 10)
    sheet.text_line(found.advice, 10)
    for member in found.members:
        _member(sheet, member, say)
    if not found.members:
        sheet.text_line(say("Nobody got any of it"), 11)
    return bytes(sheet.output())


def _member(sheet: Sheet, member: ReachedOut, say: Say) -> None:
    if sheet.will_page_break(24):
        sheet.add_page()
    sheet.ln(3)
    sheet.text_line(f"{member.name} · {member.number}", 12, "B")
    said = f"{say(member.answer)}. {member.note}" if member.answer else say("Not heard from yet")
    sheet.text_line(said, 9)
    sheet.set_font(FAMILY, "", 10)
    widths = (6, 34, 56, 38, 24)
    with sheet.table(col_widths=widths, first_row_as_headings=True, line_height=6, text_align="LEFT") as table:
        table.row(("", say("Order"), say("Product"), say("Lot"), say("Amount")))
        for line in member.lines:
            table.row(("", line.order or "", line.product, line.lot, amount(line.quantity, line.unit)))
