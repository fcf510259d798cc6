"""Spreadsheets for people to open: nothing in a cell is run by the program that opens it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: With these a cell begins that a spreadsheet may take for a formula (OWASP: CSV injection), behind apostrophes or not:
#: so that what is read back without one apostrophe is what was written.
_RUNS = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
#: What is nothing but a number can't be run, and is to be added up.
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")
#: Digits that a spreadsheet counts with: a number of more would come back as another one.
_MOST_DIGITS = 15

#: A cell: text, a number to be added up, or nothing.
Cell = str | Decimal | int | None


def harmless(text: str) -> str:
    """The text with an apostrophe before it if it could be run; reading such a cell takes the apostrophe off again."""
    return f"'{text}" if _RUNS.match(text) and not _NUMBER.fullmatch(text) else text


def write_csv(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], *, separator: str = ",", byte_order_mark: bool = True
) -> bytes:
    """A CSV file in UTF-8; spreadsheet programs need the byte order mark to read accents, other programs may not like it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=separator)
    writer.writerow([harmless(name) for name in header])
    writer.writerows([_text(cell) for cell in row] for row in rows)
    return (b"\xef\xbb\xbf" if byte_order_mark else b"") + target.getvalue().encode()


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell)
        case _:
            return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def write_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """An XLSX file of one sheet: numbers as numbers, all else as text, nothing as a formula.

    Takes a while: not for the event loop.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in (header, *rows):
        sheet.append([_value(sheet, cell) for cell in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _value(sheet: WriteOnlyWorksheet, cell: Cell) -> object:
    """The cell as the file holds it; one with a form of its own only where it needs it, for those take long."""
    if cell is None:
        return None
    if isinstance(cell, str) or not _countable(cell):
        text = _printable(_text(cell))
        if not text.startswith(("=", "#")):
            return text
        as_text = WriteOnlyCell(sheet, value=text)
        as_text.data_type = "s"
        return as_text
    value = float(cell)
    if f"{value:.15g}" == str(cell):
        return value
    as_number = WriteOnlyCell(sheet, value=value)
    as_number.number_format = _shown(cell)
    return as_number


def _countable(value: Decimal | int) -> bool:
    return len(Decimal(value).as_tuple().digits) <= _MOST_DIGITS


def _shown(value: Decimal | int) -> str:
    """The format that shows as many decimals as were written."""
    exponent = Decimal(value).as_tuple().exponent
    return f"0.{'0' * -exponent}" if isinstance(exponent, int) and exponent < 0 else "0"


def _printable(text: str) -> str:
    """Without the characters that XML can't hold; a line ends as it does there."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in lines if letter in "\t\n" or (letter >= " " and letter not in "\ufffe\uffff"))
