"""A certificate on paper, to hang up or to lie on a market stall; the code on it leads to what holds now."""

from datetime import datetime

import segno
from fpdf.enums import WrapMode

from catalog.guarantee import wording
from catalog.guarantee.page import qr
from catalog.guarantee.wording import Say, Shown
from kit.paper import FAMILY, Sheet

_SIDE = 52.0
#: Green, amber, red; said in words, too.
_COLOURS = {"certified": (31, 107, 58), "conditional": (138, 90, 0), "in_conversion": (138, 90, 0)}
_RED = (138, 31, 31)


def pdf(shown: Shown, say: Say, printed_at: datetime) -> bytes:
    """The same certificate of the same day gives the same bytes."""
    sheet = Sheet(say("Certificate {code}", {"code": shown.code}), printed_at)
    sheet.text_line(shown.network, 12)
    sheet.ln(8)
    sheet.text_line(say("Certificate of participatory guarantee"), 15)
    sheet.ln(2)
    sheet.text_line(shown.member, 26, "B")
    sheet.ln(1)
    sheet.text_line(shown.standard, 15)
    sheet.ln(6)
    _standing(sheet, shown)
    sheet.ln(6)
    _facts(sheet, shown, say)
    sheet.ln(8)
    _code(sheet, shown, say)
    return bytes(sheet.output())


def _standing(sheet: Sheet, shown: Shown) -> None:
    sheet.set_fill_color(*_COLOURS.get(shown.status, _RED))
    sheet.set_text_color(255)
    sheet.set_font(FAMILY, "B", 20)
    sheet.cell(0, 14, f"  {shown.headline}", fill=True, new_x="LMARGIN", new_y="NEXT")
    sheet.set_text_color(0)
    sheet.ln(2)
    sheet.text_line(shown.explained, 11)


def _facts(sheet: Sheet, shown: Shown, say: Say) -> None:
    rows = [
        (say("Number"), shown.code),
        *wording.dates(shown, say),
        (wording.stands_for(shown, say), ", ".join(shown.practices)),
        (say("Products"), ", ".join(shown.products)),
    ]
    for name, value in rows:
        if value:
            sheet.set_font(FAMILY, "", 11)
            sheet.cell(42, 7, name)
            sheet.set_font(FAMILY, "B", 11)
            sheet.multi_cell(0, 7, value, new_x="LMARGIN", new_y="NEXT")


def _code(sheet: Sheet, shown: Shown, say: Say) -> None:
    if sheet.will_page_break(_SIDE + 4):
        sheet.add_page()
    left, top = sheet.l_margin, sheet.get_y()
    _draw(sheet, qr(shown.address), left, top)
    sheet.set_xy(left + _SIDE + 8, top + 6)
    sheet.set_font(FAMILY, "", 11)
    how = say("Whether it holds today, its page says: point a phone's camera at the code, or go to")
    width = sheet.w - sheet.r_margin - left - _SIDE - 8
    sheet.multi_cell(width, 6, how, new_x="LEFT", new_y="NEXT", align="L")
    sheet.set_font(FAMILY, "B", 11)
    sheet.multi_cell(width, 6, shown.address, new_x="LEFT", new_y="NEXT", align="L", wrapmode=WrapMode.CHAR)
    sheet.ln(3)
    sheet.set_x(left + _SIDE + 8)
    sheet.set_font(FAMILY, "", 9)
    sheet.multi_cell(width, 5, say("As of {day}", {"day": shown.today}))


def _draw(sheet: Sheet, code: segno.QRCode, left: float, top: float) -> None:
    """The dark squares as such, sharp at any size."""
    rows = list(code.matrix_iter(border=0))
    side = _SIDE / len(rows)
    sheet.set_fill_color(0)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                # A hair wider than it is, lest a printer leaves white lines between neighbours.
                sheet.rect(left + x * side, top + y * side, side * 1.02, side * 1.02, style="F")
