"""The first sheet of an XLSX file, read with limits: what is small when packed may be huge when not."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from kit.errors import Invalid
from kit.sheets.cells import Table, shaped

#: Bytes that all parts of the file may come to when unpacked, and how many parts there may be.
LARGEST = 20_000_000
MOST_PARTS = 500
MOST_COLUMNS = 100


def is_workbook(body: bytes) -> bool:
    """Whether this is a ZIP archive, as every XLSX file is."""
    return body.startswith(b"PK\x03\x04")


def table(body: bytes) -> Table:
    """The rows of the first sheet; formulas count as what they came to when the file was saved.

    Takes a while: not for the event loop. Raises Invalid for what is no XLSX file, or too large when unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
        # The sizes that an archive states are held to when its parts are read.
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST:
            raise Invalid("file_too_large", "This file is too large when unpacked; export the sheet as CSV")
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
        try:
            return shaped(_records(book.worksheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True)))
        finally:
            book.close()
    except Invalid:
        raise
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        DefusedXmlException,
        ParseError,
        KeyError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        OSError,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        # openpyxl fails in any of these ways on a file that is not what it says.
        raise Invalid("not_xlsx", "This can't be read as XLSX; export the sheet anew, or as CSV") from error


def _records(rows: Iterator[tuple[object, ...]]) -> Iterator[list[str]]:
    for row in rows:
        texts = [_text(value) for value in row]
        while texts and not texts[-1]:
            texts.pop()
        yield texts


def _text(value: object) -> str:
    """A cell as somebody would have typed it."""
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case float():
            # Fifteen digits are what a spreadsheet counts with.
            return f"{value:.15g}" if abs(value) < 1e15 else str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)
