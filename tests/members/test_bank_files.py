"""Reading the banks' files: CAMT.053 of several banks and versions, CSV as they write it in three countries."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Invalid
from members.banking.rules import camt, table
from members.banking.rules.lines import BankLine, digest, identities
from members.banking.rules.mapping import Mapping, amount, checked, day

SAMPLES = Path(__file__).parent / "samples"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."
OURS = "ES9121000418450200051332"
SPAIN = Mapping(booked_on="Fecha operacion", text=("Concepto",), amount="importe", balance="Saldo")
MEXICO = Mapping(
    booked_on="dia",
    text=("Concepto / Referencia",),
    date_format="DD-MMM-YY",
    decimal_mark=".",
    credit="Abono",
    debit="Cargo",
    balance="Saldo",
)
ECUADOR = Mapping(
    booked_on="Fecha",
    text=("Concepto",),
    date_format="YYYY-MM-DD",
    decimal_mark=".",
    amount="Monto",
    sign="Tipo",
    debit_words=("D", "ND"),
    bank_reference="Documento",
    balance="Saldo",
)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def document(entries: str, version: str = "02", account: str = f"<IBAN>{OURS}</IBAN>") -> bytes:
    return (
        f'<Document xmlns="{NAMESPACE}{version}"><BkToCstmrStmt><Stmt><Id>1</Id>'
        f"<Acct><Id>{account}</Id></Acct>{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(amount: str = "5.00", mark: str = "CRDT", currency: str = "EUR", more: str = "") -> str:
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'
        f"<BookgDt><Dt>2026-02-10</Dt></BookgDt>{more}</Ntry>"
    )


def refused(body: bytes, reader: Any = camt.read, *more: Any) -> tuple[str, str | None]:
    with pytest.raises(Invalid) as caught:
        reader(body, *(more or ("EUR",)))
    return caught.value.code, caught.value.field


def test_version_02_is_read_with_its_batch_taken_apart_and_what_is_pending_left_out() -> None:
    (statement,) = camt.read(sample("camt053-02.xml"), "EUR")
    assert (statement.account, statement.number) == (OURS, "27 EXTRACTO-2026-027")
    assert [line.amount for line in statement.lines] == [12000, 6000, 3000, -2000, -450]
    assert (statement.opening, statement.closing, statement.difference) == (100000, 118550, 0)
    assert (statement.since, statement.until) == (date(2026, 2, 10), date(2026, 2, 10))
    first, ana, _, returned, fee = statement.lines
    assert first.text == "CUOTA 2026 FACTURA LEO F 2026 0042 GRACIAS"
    assert (first.counterparty, first.counterparty_account) == (
        "TEJEDORAS DE LA MONTAÑA S COOP",
        "ES7921000813610123456789",
    )
    assert (first.bank_reference, first.end_to_end_id, first.value_on) == ("2026021000017", "", date(2026, 2, 11))
    assert (ana.end_to_end_id, ana.counterparty) == ("LEO-D-2026-0001-1", "Ana Ortiz")
    assert (returned.reversal, returned.return_reason, returned.counterparty) == (True, "AM04", "Marta Gil")
    assert (returned.mandate_reference, returned.end_to_end_id) == ("LEO-2026-0007", "LEO-D-2026-0001-3")
    assert (fee.text, fee.booked_on) == ("COMISION MANTENIMIENTO", date(2026, 2, 10))


def test_version_08_is_read_with_prefixes_and_another_encoding() -> None:
    (statement,) = camt.read(sample("camt053-08.xml"), "EUR")
    (line,) = statement.lines
    assert (line.amount, line.counterparty, line.bank_reference) == (6000, "Peña Núñez", "REF-0001")
    assert (line.reference, line.counterparty_account) == ("RF70LEOF20260042", "ES7921000813610123456789")
    # The account was overdrawn.
    assert (statement.opening, statement.closing, statement.difference) == (-5000, 1000, 0)


def test_what_was_lost_between_the_balances_is_told() -> None:
    body = sample("camt053-02.xml").replace(b"1185.50", b"1200.00")
    assert camt.read(body, "EUR")[0].difference == 1450


def test_a_batch_whose_parts_do_not_add_up_stays_whole() -> None:
    parts = '<TxDtls><Amt Ccy="EUR">2.00</Amt></TxDtls><TxDtls><Amt Ccy="EUR">2.99</Amt></TxDtls>'
    (statement,) = camt.read(document(entry(more=f"<NtryDtls>{parts}</NtryDtls>")), "EUR")
    assert [line.amount for line in statement.lines] == [500]


def test_a_file_may_hold_statements_of_several_days() -> None:
    one = document(entry()).decode()
    stmt = one[one.index("<Stmt>") : one.index("</BkToCstmrStmt>")]
    assert len(camt.read(one.replace(stmt, stmt + stmt).encode(), "EUR")) == 2


_BOMB = f'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><Document xmlns="{NAMESPACE}02">&b;</Document>'
_FILE = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document xmlns="{NAMESPACE}02">&x;</Document>'


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "not_xml", None),
        (b"Fecha;Importe\n", "not_xml", None),
        (b"\x00\x01\x02", "not_xml", None),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "not_xml", None),
        (b"<Document><BkToCstmrStmt>", "not_xml", None),
        (_BOMB.encode(), "xml_forbidden", None),
        (_FILE.encode(), "xml_forbidden", None),
        (b"<html/>", "not_camt053", None),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.02"/>', "not_camt053", None),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.02"/>', "not_camt053", None),
        (document("", "99"), "not_camt053", None),
        (f'<Document xmlns="{NAMESPACE}02"><BkToCstmrStmt/></Document>'.encode(), "statement_empty", None),
        (document(entry(), account=""), "account_missing", "/statements/0"),
        (document(entry(currency="USD")), "currency_mismatch", "/statements/0/entries/0"),
        (document(entry() + entry("-5.00")), "bank_amount_invalid", "/statements/0/entries/1"),
        (document(entry("5.005")), "bank_amount_invalid", "/statements/0/entries/0"),
        (document(entry("1e3x")), "bank_amount_invalid", "/statements/0/entries/0"),
        (document(entry("NaN")), "bank_amount_invalid", "/statements/0/entries/0"),
        (document(entry("1000000000000")), "bank_amount_invalid", "/statements/0/entries/0"),
        (document(entry(mark="X")), "bank_amount_missing", "/statements/0/entries/0"),
        (document("<Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry>"), "bank_amount_missing", "/statements/0/entries/0"),
        (document(entry().replace("2026-02-10", "2026-02-30")), "date_invalid", "/statements/0/entries/0"),
        (
            document(entry().replace("<BookgDt><Dt>2026-02-10</Dt></BookgDt>", "")),
            "booking_date_missing",
            "/statements/0/entries/0",
        ),
    ],
)
def test_what_is_no_statement_is_refused_with_its_place(body: bytes, code: str, field: str | None) -> None:
    assert refused(body) == (code, field)


def test_a_spanish_csv_is_read_newest_first_with_its_preamble_and_total_passed_over() -> None:
    statement = table.read(sample("spain.csv"), SPAIN, OURS, "EUR")
    assert [(line.booked_on.day, line.amount) for line in statement.lines] == [(11, -4520), (12, 112000)]
    assert statement.lines[1].text == "TRANSFERENCIA DE PEÑA; CUOTA LEO-F-2026-0042"
    assert (statement.opening, statement.closing, statement.difference) == (123070, 230550, 0)


def test_a_mexican_csv_is_read_with_a_column_for_each_direction() -> None:
    statement = table.read(sample("mexico.csv"), MEXICO, "x", "MXN")
    assert [line.amount for line in statement.lines] == [125000, 35000, -5800]
    assert statement.lines[2].booked_on == date(2026, 2, 6)
    assert (statement.opening, statement.difference) == (1000000, 0)


def test_an_ecuadorian_csv_is_read_with_its_sign_beside_the_amount() -> None:
    statement = table.read(sample("ecuador.csv"), ECUADOR, "x", "USD")
    assert [(line.amount, line.bank_reference) for line in statement.lines] == [(2000, "8812"), (-41, "8813")]
    assert (statement.opening, statement.closing, statement.difference) == (50000, 51959, 0)


def test_a_file_without_header_is_read_by_the_places_of_its_columns() -> None:
    mapping = checked(Mapping(booked_on="1", text=("3",), amount="2", header=False, decimal_mark="."))
    statement = table.read(b"01/02/2026,5.00,x\n02/02/2026,-1.50,y\n", mapping, "x", "EUR")
    assert [line.amount for line in statement.lines] == [500, -150]
    assert statement.difference is None


def test_within_one_day_the_balances_tell_which_row_is_the_newest() -> None:
    body = b"Fecha;Concepto;Importe;Saldo\n01/02/2026;b;2,00;13,00\n01/02/2026;a;1,00;11,00\n"
    mapping = Mapping(booked_on="Fecha", text=("Concepto",), amount="Importe", balance="Saldo")
    statement = table.read(body, mapping, "x", "EUR")
    assert [line.text for line in statement.lines] == ["a", "b"]
    assert (statement.opening, statement.difference) == (1000, 0)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "column_missing", "/header/Fecha operacion"),
        (b"\x00\x00", "not_text", None),
        (b"Fecha operacion;Importe\n", "column_missing", "/header/Saldo"),
        (b"Fecha operacion;Concepto;Importe;Saldo\n", "statement_empty", None),
        (
            b"Fecha operacion;Concepto;Importe;Saldo\n2026-02-01;x;5,00;\n",
            "row_date_invalid",
            "/rows/2/Fecha operacion",
        ),
        (
            b"Fecha operacion;Concepto;Importe;Saldo\n31/02/2026;x;5,00;\n",
            "row_date_invalid",
            "/rows/2/Fecha operacion",
        ),
        (b"Fecha operacion;Concepto;Importe;Saldo\n01/02/2026;x;5.00;\n", "row_amount_invalid", "/rows/2/importe"),
        (b"Fecha operacion;Concepto;Importe;Saldo\n01/02/2026;x;5,005;\n", "row_amount_invalid", "/rows/2/importe"),
        (b"Fecha operacion;Concepto;Importe;Saldo\n01/02/2026;x;=1+1;\n", "row_amount_invalid", "/rows/2/importe"),
        (b'Fecha operacion;Concepto;Importe;Saldo\n01/02/2026;"x', "statement_empty", None),
    ],
)
def test_a_row_that_can_not_be_read_is_named(body: bytes, code: str, field: str | None) -> None:
    assert refused(body, table.read, SPAIN, OURS, "EUR") == (code, field)


def test_a_negative_amount_beside_a_sign_column_is_refused() -> None:
    body = sample("ecuador.csv").replace(b"\t0.41", b"\t-0.41")
    assert refused(body, table.read, ECUADOR, "x", "USD") == ("row_amount_negative", "/rows/3/Monto")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": ""}, "/mapping/amount"),
        ({"credit": "Abono", "debit": "Cargo"}, "/mapping/amount"),
        ({"amount": "", "credit": "Abono"}, "/mapping/amount"),
        ({"sign": "Tipo"}, "/mapping/sign"),
        ({"debit_words": ("D",)}, "/mapping/sign"),
        ({"date_format": "dd/mm"}, "/mapping/date_format"),
        ({"date_format": "DD/DD/YYYY"}, "/mapping/date_format"),
        ({"header": False}, "/mapping"),
    ],
)
def test_a_mapping_that_reads_nothing_is_refused(changes: dict[str, Any], field: str) -> None:
    mapping = Mapping(**({"booked_on": "Fecha", "text": ("Concepto",), "amount": "Importe"} | changes))
    with pytest.raises(Invalid) as caught:
        checked(mapping)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("text", "mark", "minor"),
    [
        ("1.234,56", ",", 123456),
        ("1,234.56", ".", 123456),
        ("-12,5", ",", -1250),
        ("12,50-", ",", -1250),
        ("(12.50)", ".", -1250),
        ("$1,250", ".", 125000),
        ("1 250,00 EUR", ",", 125000),
        ("−3,00", ",", -300),
        (",50", ",", 50),
        ("1.5", ",", None),
        ("1,2,3", ",", None),
        ("1.23.456", ",", None),
        ("", ",", None),
        ("abc", ",", None),
        ("1e3", ".", None),
        ("0,001", ",", None),
    ],
)
def test_amounts_are_read_as_the_bank_writes_them_and_never_guessed(text: str, mark: str, minor: int | None) -> None:
    assert amount(text, mark, "EUR") == minor


@given(st.integers(-(10**13), 10**13), st.sampled_from([",", "."]))
def test_an_amount_written_is_the_amount_read(minor: int, mark: str) -> None:
    other = "." if mark == "," else ","
    whole, cents = divmod(abs(minor), 100)
    text = f"{'-' if minor < 0 else ''}{f'{whole:,}'.replace(',', other)}{mark}{cents:02d}"
    assert amount(text, mark, "EUR") == minor


@pytest.mark.parametrize(
    ("text", "form", "found"),
    [
        ("28/02/2026", "DD/MM/YYYY", date(2026, 2, 28)),
        ("5-ene.-26", "DD-MMM-YY", date(2026, 1, 5)),
        ("05 SEPTIEMBRE 2026", "DD MMM YYYY", date(2026, 9, 5)),
        ("2026-02-28T10:00:00", "YYYY-MM-DD", date(2026, 2, 28)),
        ("29/02/2026", "DD/MM/YYYY", None),
        ("28.02.2026", "DD/MM/YYYY", None),
        ("28/02/2026x", "DD/MM/YYYY", None),
    ],
)
def test_dates_are_read_as_the_format_says(text: str, form: str, found: date | None) -> None:
    assert day(text, form) == found


LINES = st.lists(
    st.builds(
        BankLine,
        booked_on=st.dates(date(2026, 2, 1), date(2026, 2, 4)),
        amount=st.sampled_from([500, -500, 700]),
        text=st.sampled_from(["", "cuota", "Cuota ", "otra"]),
        bank_reference=st.sampled_from(["", "", "7"]),
    ),
    max_size=12,
).map(lambda lines: sorted(lines, key=lambda line: line.booked_on))


@given(LINES, st.integers(0, 4), st.integers(0, 4))
def test_each_line_is_known_again_in_any_file_of_whole_days(lines: list[BankLine], since: int, days: int) -> None:
    everywhere = dict(zip(map(id, lines), identities(lines), strict=True))
    assert len(set(everywhere.values())) == len(lines)
    part = [line for line in lines if since <= line.booked_on.day - 1 <= since + days]
    assert identities(part) == [everywhere[id(line)] for line in part]


def test_the_same_statement_has_the_same_digest_however_it_is_written() -> None:
    (one,) = camt.read(sample("camt053-02.xml"), "EUR")
    (other,) = camt.read(sample("camt053-02.xml").replace(b"\n", b"\n  "), "EUR")
    assert digest(one) == digest(other)
    (changed,) = camt.read(sample("camt053-02.xml").replace(b"4.50", b"5.50"), "EUR")
    assert digest(one) != digest(changed)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(body: bytes) -> None:
    for read in (lambda: camt.read(body, "EUR"), lambda: table.read(body, SPAIN, OURS, "EUR")):
        with pytest.raises(Invalid):
            read()
