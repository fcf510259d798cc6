"""Rows of a spreadsheet as people really write them: encodings, separators, decimal commas, formulas."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts.values import LARGEST_AMOUNT
from kit.errors import Invalid

#: Rows of a file, its header not counted.
MOST_ROWS = 5_000
#: Lines of a file, the empty ones counted: a sheet may say that its second row is its millionth.
_MOST_LINES = 100_000
#: Nothing here is counted finer, and arithmetic with what was typed stays exact.
_FINEST = Decimal("0.000001")

_YES = frozenset({"1", "true", "yes", "y", "x", "si", "s", "verdadero", "ja", "wahr", "oui", "vrai"})
_NO = frozenset({"", "0", "false", "no", "n", "falso", "nein", "nee", "falsch", "non", "faux"})
#: What a spreadsheet would run: =…, @…, +SUM(…), -cmd|…; a description may still begin with a dash.
_FORMULA = re.compile(r"^\s*(?:[=@\t\r\uff1d\uff20]|[+-](?:[A-Za-z.]+\(|\S*[|!]))")
#: What an export put an apostrophe before, so that nothing runs.
_MADE_HARMLESS = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_DIGITS = re.compile(r"[+-]?[0-9][0-9.,]*")
_SPACES = re.compile(r"[\s\u00a0\u202f']+")


@dataclass(frozen=True)
class Table:
    """A file's header and its rows; a row's number is the one that the spreadsheet shows beside it."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Cells:
    """One row by column name. Every reader raises Invalid with the column as its field."""

    row: int
    texts: Mapping[str, str]

    def text(self, column: str, *, longest: int = 200, required: bool = False) -> str:
        """The cell without what surrounds it; formulas are refused."""
        text = self.texts.get(column, "").strip()
        if _FORMULA.match(text):
            raise Invalid("formula", "Formulas are not taken; write the value itself", field=column)
        # What an export made harmless with an apostrophe comes back as it was.
        if _MADE_HARMLESS.match(text):
            text = text[1:]
        if "\ufffd" in text:
            raise Invalid("not_readable", "A character can't be read; save the file in UTF-8", field=column)
        if required and not text:
            raise Invalid("missing", "Must not be empty", field=column)
        if len(text) > longest:
            raise Invalid("too_long", "At most {longest} characters", field=column, longest=longest)
        return text

    def number(self, column: str) -> Decimal | None:
        """The cell as a number, None if it is empty."""
        text = self.text(column)
        if not text:
            return None
        value = number(text)
        if value is None or abs(value) >= LARGEST_AMOUNT or value.quantize(_FINEST) != value:
            raise Invalid("not_a_number", "Write it as a number, such as 12.50", field=column)
        return value

    def flag(self, column: str) -> bool:
        """The cell as yes or no; empty is no."""
        text = fold(self.text(column))
        if text in _YES:
            return True
        if text in _NO:
            return False
        raise Invalid("not_yes_or_no", "Write 1 or 0", field=column)


def fold(text: str) -> str:
    """The text without case, accents and needless space: what two spellings of a word have in common."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.casefold().split())


def decode(body: bytes, fallback: str) -> str:
    """Text in UTF-8 or UTF-16 if it is that, else in the encoding that the writing program is known for."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = body.decode("utf-16", errors="replace")
    else:
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = body.decode(fallback, errors="replace")
    if "\x00" in text:
        raise Invalid("not_text", "This is neither a CSV nor an XLSX file; export the sheet as one of them first")
    return text


def table(text: str) -> Table:
    """The rows of a CSV text, whatever it separates its columns by. Raises Invalid if it can't be read."""
    first = text.lstrip().split("\n", 1)[0]
    separator = max(";,\t", key=first.count)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise Invalid("not_csv", "This can't be read as CSV") from error
    return shaped(records)


def shaped(records: Iterable[Sequence[str]]) -> Table:
    """The header and rows among these records, the empty ones left out. Raises Invalid for none or too many."""
    rows: list[tuple[int, tuple[str, ...]]] = []
    for number, cells in enumerate(records, start=1):
        if any(map(str.strip, cells)):
            rows.append((number, tuple(cells)))
        if len(rows) - 1 > MOST_ROWS or number > _MOST_LINES:
            raise Invalid("too_many_rows", "At most {most} rows in a file", most=MOST_ROWS)
    if not rows:
        raise Invalid("file_empty", "The file has no rows")
    return Table(tuple(cell.strip() for cell in rows[0][1]), tuple(rows[1:]))


def by_name(table: Table, columns: tuple[str, ...], required: tuple[str, ...]) -> Iterator[Cells]:
    """Each row by the names in the header, whatever their order. Raises Invalid if a required column is missing."""
    names = [fold(name).replace(" ", "_") for name in table.header]
    for column in required:
        if column not in names:
            raise Invalid("column_missing", "The column {column} is missing", field=column, column=column)
    for row, cells in table.rows:
        yield Cells(row, {name: cell for name, cell in zip(names, cells, strict=False) if name in columns})


def by_position(table: Table, columns: tuple[str, ...]) -> Iterator[Cells]:
    """Each row by the places of its columns: for files whose header is in anyone's language."""
    for row, cells in table.rows:
        yield Cells(row, dict(zip(columns, cells, strict=False)))


def number(text: str) -> Decimal | None:
    """12.50, 12,50, 1.234,50, 1,234.50 and 1 234,5 as people write them; None for what can't be told, as 1,234."""
    compact = _SPACES.sub("", text.strip("$€ \u00a0"))
    if not _DIGITS.fullmatch(compact):
        return None
    last = max(compact.rfind("."), compact.rfind(","))
    if last < 0:
        return Decimal(compact)
    mark = compact[last]
    other = "," if mark == "." else "."
    whole, fraction = compact[:last], compact[last + 1 :]
    if mark in whole:
        groups = compact.lstrip("+-").split(mark)
        return Decimal(compact.replace(mark, "")) if other not in compact and _thousands(groups) else None
    if other in whole:
        groups = whole.lstrip("+-").split(other)
        return Decimal(f"{whole.replace(other, '')}.{fraction}") if _thousands(groups) else None
    if mark == "," and len(fraction) == 3 and whole.lstrip("+-") != "0":
        return None
    return Decimal(f"{whole}.{fraction}")


def _thousands(groups: list[str]) -> bool:
    return 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
