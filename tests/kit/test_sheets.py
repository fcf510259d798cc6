"""Spreadsheets come in as people made them, and go out so that nothing in them runs."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from kit import sheets
from kit.errors import Invalid
from kit.sheets import workbook


def xlsx(*rows: Sequence[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))  # type: ignore[union-attr]  # a new workbook has a sheet
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def repacked(body: bytes, name: str, content: bytes) -> bytes:
    """The workbook with another part in the place of one, or besides."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return target.getvalue()


def test_a_workbook_reads_as_what_somebody_would_have_typed() -> None:
    body = xlsx(
        ["Nombre", "Alta", "Cuota", "Activo", "Teléfono"],
        ["Ana", datetime.fromisoformat("2019-03-01"), 12.5, True, 524421234567],
        [None, None, None, None, None],
        ["José", date(2020, 1, 2), 0.1 + 0.2, False, "+52 442"],
    )
    table = sheets.read(body)
    assert table.header == ("Nombre", "Alta", "Cuota", "Activo", "Teléfono")
    assert table.rows == (
        (2, ("Ana", "2019-03-01", "12.5", "1", "524421234567")),
        (4, ("José", "2020-01-02", "0.3", "0", "+52 442")),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_reads_in_the_encodings_and_with_the_separators_that_there_are(encoding: str, separator: str) -> None:
    text = f"Nombre{separator}Población\r\nMuñoz{separator}León\r\n"
    assert sheets.read(text.encode(encoding)).rows == ((2, ("Muñoz", "León")),)


BOMB = b"0" * (workbook.LARGEST + 1)
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    b'<c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (repacked(xlsx(["a"], ["b"]), "xl/media/image1.png", BOMB), "file_too_large"),
        (repacked(xlsx(["a"], ["b"]), "xl/worksheets/sheet1.xml", ENTITIES), "not_xlsx"),
        (repacked(xlsx(["a"], ["b"]), "xl/workbook.xml", b"<workbook>"), "not_xlsx"),
        (repacked(xlsx(["a"], ["b"]), "xl/worksheets/sheet1.xml", b"nonsense"), "not_xlsx"),
        (xlsx(["a"], ["b"])[:200], "not_xlsx"),
        (b"PK\x03\x04" + bytes(100), "not_xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "not_text"),
        (xlsx(), "file_empty"),
        (b"", "file_empty"),
        (xlsx(["a"], *(["b"] for _ in range(sheets.MOST_ROWS + 1))), "too_many_rows"),
    ],
)
def test_what_is_no_sheet_or_too_much_of_one_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        sheets.read(body)
    assert refused.value.code == code


@given(st.binary(max_size=300))
def test_whatever_is_sent_is_read_or_refused(body: bytes) -> None:
    for sent in (body, b"PK\x03\x04" + body):
        try:
            sheets.read(sent)
        except Invalid:
            continue


RUNS = ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")']


@pytest.mark.parametrize("text", RUNS)
def test_what_a_spreadsheet_could_run_is_made_harmless(text: str) -> None:
    [_, [written]] = list(csv.reader(io.StringIO(sheets.write_csv(["a"], [[text]]).decode("utf-8-sig"), newline="")))
    assert written == f"'{text}"
    cell = load_workbook(io.BytesIO(sheets.write_xlsx("a", ["a"], [[text]])))["a"]["A2"]
    assert (cell.data_type, cell.value[0]) == ("s", "'")


def test_a_number_below_zero_stays_a_number() -> None:
    assert [sheets.harmless(text) for text in ("-20.00", "-7", "-1-1", "-", "-1.2.3")] == [
        "-20.00",
        "-7",
        "'-1-1",
        "'-",
        "'-1.2.3",
    ]


def test_what_was_written_is_read_back_as_it_was() -> None:
    header, rows = ["name", "phone"], [["Muñoz Ñandú", "+52 442 123 4567"], ["-", "x"], ["a,b;c\nd", ""]]
    for body in (sheets.write_csv(header, rows), sheets.write_xlsx("members", header, rows)):
        found = list(sheets.by_name(sheets.read(body), ("name", "phone"), ("name",)))
        assert [[cells.text("name"), cells.text("phone")] for cells in found] == rows


@pytest.mark.parametrize(
    ("text", "value"),
    [("12.50", "12.50"), ("12,50", "12.50"), ("1.234,50", "1234.50"), ("$ 1,234.50", "1234.50"), ("1,234", None)],
)
def test_numbers_are_read_as_people_write_them(text: str, value: str | None) -> None:
    found = sheets.number(text)
    assert (None if found is None else str(found)) == value
