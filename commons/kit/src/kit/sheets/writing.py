"""Spreadsheets for people to open: nothing in a cell is run by the program that opens it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: With these a cell begins that a spreadsheet may take for a formula (OWASP: CSV injection).
_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: What is nothing but a number can't be run, and is to be added up.
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")


def harmless(text: str) -> str:
    """The text with an apostrophe before it if it could be run; reading such a cell takes the apostrophe off again."""
    return f"'{text}" if text.startswith(_BEGINNINGS) and not _NUMBER.fullmatch(text) else text


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file in UTF-8 with a byte order mark, which spreadsheet programs need to read accents."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def write_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """An XLSX file of one sheet; every cell is text, so none is a formula. Takes a while: not for the event loop."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in (header, *rows):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=_printable(harmless(text)))
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _printable(text: str) -> str:
    """Without the control characters that XML can't hold."""
    return "".join(letter for letter in text if letter in "\t\n" or letter >= " ")
