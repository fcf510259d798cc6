"""A bank's CSV as a statement, read by the account's mapping."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from kit.errors import Invalid
from members.banking.rules.lines import MOST_LINES, BankLine, Statement, plain_text
from members.banking.rules.mapping import Mapping, amount, day, fold

type _Rows = list[tuple[int, list[str]]]

_SEPARATORS = ";,\t|"


@dataclass(frozen=True)
class _Read:
    line: BankLine
    balance: int | None


def read(body: bytes, mapping: Mapping, account: str, currency: str) -> Statement:
    """The file's rows as lines in the order of time. Raises Invalid, naming row and column, if one can't be read.

    What stands above the header and below the last row is passed over. Balances are told where the mapping has a column
    for them, whether the newest row stands first or last.
    """
    rows = _rows(_decoded(body), mapping)
    places = _places(rows, mapping)
    read = list(_lines(rows[places.first :], places, mapping, currency))
    if not read:
        raise Invalid("statement_empty", "There is no statement in this file")
    if len(read) > MOST_LINES:
        raise Invalid("too_many_lines", "At most {most} lines in a file", most=MOST_LINES)
    if _newest_first(read):
        read.reverse()
    moved = tuple(one.line for one in read if one.line.amount)
    first, last = read[0], read[-1]
    if first.balance is None or last.balance is None:
        return Statement(account, "", moved)
    return Statement(account, "", moved, opening=first.balance - first.line.amount, closing=last.balance)


def _decoded(body: bytes) -> str:
    """UTF-8 or UTF-16 if it is that, else what Windows writes in our countries."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = body.decode("utf-16", errors="replace")
    else:
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = body.decode("windows-1252", errors="replace")
    if "\x00" in text:
        raise Invalid("not_text", "This is not a CSV file; export the statement as CSV")
    return text


def _rows(text: str, mapping: Mapping) -> _Rows:
    """All rows, cut at the separator that makes most of the mapping's columns."""
    counts = {mark: text.count(mark) for mark in _SEPARATORS}
    candidates = [mark for mark in sorted(_SEPARATORS, key=lambda mark: -counts[mark]) if counts[mark]] or [";"]
    read: dict[str, _Rows] = {}
    for mark in candidates:
        try:
            records = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
        except csv.Error:
            continue
        read[mark] = [(n, cells) for n, cells in enumerate(records, start=1) if any(cell.strip() for cell in cells)]
        if mapping.header and _header(read[mark], mapping) is not None:
            return read[mark]
    if not read:
        raise Invalid("not_csv", "This can't be read as CSV")
    return read[candidates[0]] if candidates[0] in read else next(iter(read.values()))


@dataclass(frozen=True)
class _Places:
    """Where each named column is, and the first row below the header."""

    of: dict[str, int]
    first: int

    def cell(self, cells: Sequence[str], column: str) -> str:
        place = self.of[column] if column else len(cells)
        return cells[place].strip() if place < len(cells) else ""


def _header(rows: _Rows, mapping: Mapping) -> int | None:
    wanted = {fold(column) for column in mapping.columns}
    for place, (_, cells) in enumerate(rows[:60]):
        if wanted <= {fold(cell) for cell in cells}:
            return place
    return None


def _places(rows: _Rows, mapping: Mapping) -> _Places:
    if not mapping.header:
        return _Places({column: int(column) - 1 for column in mapping.columns}, 0)
    header = _header(rows, mapping)
    if header is None:
        there = {fold(cell) for _, cells in rows[:60] for cell in cells}
        missing = [column for column in mapping.columns if fold(column) not in there] or list(mapping.columns)
        raise Invalid(
            "column_missing", "The column {column} is missing", field=f"/header/{missing[0]}", column=missing[0]
        )
    names = [fold(cell) for cell in rows[header][1]]
    return _Places({column: names.index(fold(column)) for column in mapping.columns}, header + 1)


def _lines(rows: _Rows, places: _Places, mapping: Mapping, currency: str) -> Iterator[_Read]:
    for number, cells in rows:
        on = places.cell(cells, mapping.booked_on)
        figures = [places.cell(cells, column) for column in (mapping.amount, mapping.credit, mapping.debit)]
        if not on or not any(figures):
            # A total, a note, a page's end: nothing that moved on a day.
            continue
        booked_on = day(on, mapping.date_format)
        if booked_on is None:
            raise Invalid(
                "row_date_invalid",
                "Row {row}: not a date like {date_format}",
                field=f"/rows/{number}/{mapping.booked_on}",
                row=number,
                date_format=mapping.date_format,
            )
        line = BankLine(
            booked_on=booked_on,
            amount=_amount(cells, places, mapping, currency, number),
            value_on=day(places.cell(cells, mapping.value_on), mapping.date_format),
            text=plain_text(places.cell(cells, column) for column in mapping.text),
            reference=places.cell(cells, mapping.reference)[:140],
            bank_reference=places.cell(cells, mapping.bank_reference)[:140],
            counterparty=plain_text([places.cell(cells, mapping.counterparty)])[:140],
            counterparty_account="".join(places.cell(cells, mapping.counterparty_account).split()).upper()[:40],
        )
        yield _Read(line, amount(places.cell(cells, mapping.balance), mapping.decimal_mark, currency))


def _amount(cells: Sequence[str], places: _Places, mapping: Mapping, currency: str, number: int) -> int:
    """What the row came to, with its sign."""

    def figure(column: str) -> int:
        text = places.cell(cells, column)
        found = amount(text, mapping.decimal_mark, currency) if text else 0
        if found is None:
            raise Invalid(
                "row_amount_invalid",
                "Row {row}: not an amount with {mark} before the cents",
                field=f"/rows/{number}/{column}",
                row=number,
                mark=mapping.decimal_mark,
            )
        return found

    if not mapping.amount:
        # Some banks write the sign in the debit column, too.
        return figure(mapping.credit) - abs(figure(mapping.debit))
    if not mapping.sign:
        return figure(mapping.amount)
    went_out = fold(places.cell(cells, mapping.sign)) in {fold(word) for word in mapping.debit_words}
    size = figure(mapping.amount)
    if size < 0:
        raise Invalid(
            "row_amount_negative",
            "Row {row}: below zero, though the sign has a column of its own",
            field=f"/rows/{number}/{mapping.amount}",
            row=number,
        )
    return -size if went_out else size


def _newest_first(read: Sequence[_Read]) -> bool:
    """Whether the file begins with its newest row: by its dates, or within one day by its balances."""
    first, last = read[0].line.booked_on, read[-1].line.booked_on
    if first != last:
        return first > last
    return _chain(read, "down") > _chain(read, "up")


def _chain(read: Sequence[_Read], way: Literal["up", "down"]) -> int:
    """How many balances follow from their neighbour's, reading that way."""
    pairs = pairwise(read)
    ordered = ((before, after) if way == "up" else (after, before) for before, after in pairs)
    return sum(
        1
        for before, after in ordered
        if before.balance is not None and after.balance == before.balance + after.line.amount
    )
