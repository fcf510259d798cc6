"""Spreadsheets come in as people made them, and go out so that nothing in them runs."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

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
#: A sheet of two rows, of which the second says that it is the last that a sheet can have.
FAR_DOWN = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c></row></sheetData></worksheet>'
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
        (repacked(xlsx(["a"]), "xl/worksheets/sheet1.xml", FAR_DOWN), "too_many_rows"),
        (b"a\n" + b"\n" * 100_000 + b"b\n", "too_many_rows"),
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


def test_a_character_that_the_encoding_does_not_know_is_said_instead_of_guessed() -> None:
    [cells] = sheets.by_name(sheets.read(b"name\nM\x81a\n"), ("name",), ("name",))
    with pytest.raises(Invalid) as refused:
        cells.text("name")
    assert (refused.value.code, refused.value.field) == ("not_readable", "name")


RUNS = ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")', "\uff1d1+1", "'=1"]


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


CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8) | st.sampled_from(
    ["=1+1", "'=1", "'\n0", "''-x", "+52 442", "-5", "@", "0012", "\uff0d1"]
)


@given(st.lists(CELLS.map(str.strip), min_size=1, max_size=4))
def test_any_text_comes_back_from_a_file_that_was_written(texts: list[str]) -> None:
    rows = [["x", text] for text in texts]
    for body in (sheets.write_csv(["a", "b"], rows), sheets.write_xlsx("s", ["a", "b"], rows)):
        found = list(sheets.by_name(sheets.read(body), ("a", "b"), ("a",)))
        assert [cells.text("b") for cells in found] == texts


@given(st.lists(st.decimals(-999_999_999, 999_999_999, places=3), min_size=1, max_size=4))
def test_numbers_are_written_as_numbers_and_come_back(numbers: list[Decimal]) -> None:
    rows: list[list[sheets.Cell]] = [["x", number] for number in numbers]
    as_workbook = sheets.write_xlsx("s", ["a", "b"], rows)
    assert {cell.data_type for cell in load_workbook(io.BytesIO(as_workbook))["s"]["B"][1:]} == {"n"}
    for body in (sheets.write_csv(["a", "b"], rows), as_workbook):
        assert [cells.number("b") for cells in sheets.by_name(sheets.read(body), ("a", "b"), ("a",))] == numbers


def test_a_number_of_more_digits_than_a_spreadsheet_keeps_is_written_as_text() -> None:
    number = Decimal("123456789012345.678")
    cell = load_workbook(io.BytesIO(sheets.write_xlsx("s", ["a"], [[number]])))["s"]["A2"]
    assert (cell.data_type, cell.value) == ("s", "123456789012345.678")


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
