"""Spreadsheets, read as people write them and written so that nothing in them runs; needs ``trama-kit[sheets]``."""

from openpyxl.utils import get_column_letter

from kit.sheets.cells import MOST_ROWS, Cells, Table, by_name, by_position, decode, fold, number
from kit.sheets.cells import table as csv_table
from kit.sheets.workbook import is_workbook
from kit.sheets.workbook import table as xlsx_table
from kit.sheets.writing import CSV, XLSX, Cell, harmless, write_csv, write_xlsx

__all__ = [
    "CSV",
    "MOST_ROWS",
    "XLSX",
    "Cell",
    "Cells",
    "Table",
    "by_name",
    "by_position",
    "fold",
    "harmless",
    "number",
    "read",
    "reference",
    "write_csv",
    "write_xlsx",
]


def read(body: bytes, encoding: str = "cp1252") -> Table:
    """The rows of a CSV or XLSX file, whichever it is; ``encoding`` is what CSV is written in where it is not Unicode.

    Takes a while for a large file: not for the event loop. Raises Invalid for what can't be read.
    """
    return xlsx_table(body) if is_workbook(body) else csv_table(decode(body, encoding))


def reference(row: int, place: int) -> str:
    """What a spreadsheet calls the cell in this row and at this place from 0: F7."""
    return f"{get_column_letter(place + 1)}{row}"
