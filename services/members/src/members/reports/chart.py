"""Horizontal bars on paper, each with its name and its figure beside it: they say the same in grey, and without the bars."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit.paper import FAMILY, Sheet

#: Millimetres: a bar's name, the longest bar, and the figure; together what a page is wide.
_NAME, _BAR, _FIGURE = 62.0, 76.0, 50.0
_STEP, _THICK, _LINE = 8.0, 5.0, 4.0
#: Lines that a name may take before it is cut short.
_LINES = 2


@dataclass(frozen=True)
class Drawn:
    """A bar: its name, how long it is of the longest (0 to 1), and the figure as it is read."""

    name: str
    length: float
    figure: str


def draw(sheet: Sheet, bars: Sequence[Drawn], *, dark: int) -> None:
    """Draws the bars below each other, filled with that grey (0 is black)."""
    sheet.set_font(FAMILY, "", 9)
    for bar in bars:
        names = _lines(sheet, bar.name)
        height = max(_STEP, _LINE * len(names) + 2)
        if sheet.will_page_break(height):
            sheet.add_page()
            sheet.set_font(FAMILY, "", 9)
        top = sheet.get_y()
        middle = top + height / 2
        for place, line in enumerate(names):
            sheet.set_xy(sheet.l_margin, middle - _LINE * len(names) / 2 + place * _LINE)
            sheet.cell(_NAME - 3, _LINE, line, align="R")
        # What is filled after it is filled as before.
        with sheet.local_context(fill_color=dark):
            sheet.rect(sheet.l_margin + _NAME, middle - _THICK / 2, max(_BAR * bar.length, 0.3), _THICK, style="DF")
        sheet.set_xy(sheet.l_margin + _NAME + _BAR * bar.length + 1.5, middle - _LINE / 2)
        sheet.cell(_FIGURE, _LINE, bar.figure)
        sheet.set_xy(sheet.l_margin, top + height)
    sheet.set_x(sheet.l_margin)


def _lines(sheet: Sheet, name: str) -> list[str]:
    """The name in as many lines as it may take; the last one says if there was more."""
    written = sheet.multi_cell(_NAME - 3, _LINE, name, dry_run=True, output="LINES")
    found = [str(line) for line in written] if isinstance(written, list) else [name]
    if len(found) <= _LINES:
        return found
    last = found[_LINES - 1]
    while last and sheet.get_string_width(f"{last}…") > _NAME - 5:
        last = last[:-1]
    return [*found[: _LINES - 1], f"{last}…"]
