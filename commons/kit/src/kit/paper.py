"""Sheets of paper: A4, pages numbered, in a font that has the letters of Spanish and Hñähñu. Needs ``trama-kit[paper]``."""

from datetime import datetime
from importlib.metadata import distribution
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

#: Source Sans Pro (SIL Open Font License), out of its package.
_FONT = distribution("font-source-sans-pro")
FAMILY = "source"


def font(style: str) -> Path:
    """The font's file of that style, such as ``Regular`` or ``Bold``."""
    return Path(str(_FONT.locate_file(f"font_source_sans_pro/files/SourceSansPro-{style}.ttf")))


class Sheet(FPDF):
    """A document, begun: ``text_line`` and fpdf2's own calls write on it, ``bytes(sheet.output())`` is the file."""

    def __init__(self, title: str, printed_at: datetime) -> None:
        super().__init__(format="A4")
        self.add_font(FAMILY, "", font("Regular"))
        self.add_font(FAMILY, "B", font("Bold"))
        self.set_title(title)
        self.set_creation_date(printed_at)
        self.set_auto_page_break(auto=True, margin=18)
        self.add_page()

    def footer(self) -> None:
        """Pages are numbered, for a list that comes apart."""
        self.set_y(-14)
        self.set_font(FAMILY, "", 8)
        self.cell(0, 6, f"{self.title} · {self.page_no()}/{{nb}}", align="R")

    def text_line(self, text: str, size: int, style: str = "") -> None:
        """A paragraph of that size in points; ``style`` is empty or ``B``."""
        self.set_font(FAMILY, style, size)
        self.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
