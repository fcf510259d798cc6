"""Invoices, credit notes and receipts on paper."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from stdnum import iso11649

from kit.language import Texts
from members.dues.documents import (
    Addressee,
    InvoicePaper,
    Issuer,
    Item,
    Paid,
    ReceiptPaper,
    Tax,
    Writing,
    invoice_pdf,
    receipt_pdf,
)
from members.dues.references import creditor_reference
from tests.members.papers import pages, words

TEXTS = Texts(["kit", "members"])
NOW = datetime(2026, 1, 15, 12)  # noqa: DTZ001
LEON = Issuer(
    "Cooperactivas",
    "Asociación Cooperactivas de León",
    "Calle Ancha 12\n24003 León",
    "G24000000",
    "ES9121000418450200051332",
    "CAIXESBBXXX",
    "Entidad exenta según el artículo 20.Uno.12.º de la Ley 37/1992.",
)
WEAVERS = Addressee("Tejedoras Ñu̱hu̱, S. Coop.", "LEO-2026-0042", "F24000000", "Plaza Mayor 1\n24400 Ponferrada")
DUES = InvoicePaper(
    "invoice",
    "LEO-F-2026-0042",
    date(2026, 1, 15),
    "EUR",
    (Item("Cuota anual 2026", 12000), Item("Reducción solidaria", -2000)),
    due_on=date(2026, 2, 14),
    period=(date(2026, 1, 1), date(2026, 12, 31)),
    taxes=(Tax(Decimal(21), 10000, 2100),),
    payments=(Paid(date(2026, 2, 1), 5000),),
)
SPANISH = Writing.of(TEXTS, "es", "ES")
ENGLISH = Writing.of(TEXTS, "en", "ES")


def invoice(paper: InvoicePaper = DUES, issuer: Issuer = LEON, writing: Writing = SPANISH) -> str:
    return words(invoice_pdf(paper, issuer, WEAVERS, writing, NOW))


def test_an_invoice_says_who_to_whom_for_what_and_what_is_open() -> None:
    text = invoice()
    for part in (
        "Factura LEO-F-2026-0042",
        "Asociación Cooperactivas de León",
        "24003 León",
        "G24000000",
        "Tejedoras Ñu̱hu̱, S. Coop.",
        "Membresía LEO-2026-0042",
        "24400 Ponferrada",
        "Fecha: 15 de enero de 2026",
        "Periodo: 1 ene 2026 – 31 dic 2026",
        "Vence el: 14 de febrero de 2026",
        "Cuota anual 2026 120,00 €",
        "Reducción solidaria -20,00 €",
        "Base 100,00 €",
        "Impuesto 21 % sobre 100,00 € 21,00 €",
        "Total 121,00 €",
        "Pagado el 1 feb 2026 -50,00 €",
        "Pendiente de pago 71,00 €",
        "Cuenta: ES91 2100 0418 4502 0005 1332",
        "Escanea con la app de tu banco",
        "exenta",
    ):
        assert part in text


def test_an_invoice_is_written_in_the_members_language() -> None:
    text = invoice(writing=ENGLISH)
    assert "Invoice LEO-F-2026-0042" in text
    assert "To be paid by: 14 February 2026" in text
    assert "Still to pay 71,00 €" in text
    # Amounts are written as the network's country writes them, whatever the language.
    assert "$71.00" in invoice(replace(DUES, currency="MXN"), writing=Writing.of(TEXTS, "es", "MX"))


@pytest.mark.parametrize("language", ["qu", "otq", "xx"])
def test_a_language_without_texts_yet_is_answered_in_spanish(language: str) -> None:
    assert "Factura LEO-F-2026-0042" in invoice(writing=Writing.of(TEXTS, language, "EC"))


def test_what_is_paid_says_so_and_asks_for_nothing() -> None:
    text = invoice(replace(DUES, payments=(Paid(date(2026, 2, 1), 12100),)))
    assert "Pendiente de pago 0,00 €" in text
    assert "Cómo pagar" not in text


def test_more_than_was_asked_for_leaves_nothing_open() -> None:
    assert replace(DUES, payments=(Paid(date(2026, 2, 1), 20000),)).open == 0


def test_a_credit_note_names_what_it_corrects_and_asks_for_nothing() -> None:
    note = InvoicePaper(
        "credit_note",
        "LEO-A-2026-0003",
        date(2026, 3, 1),
        "EUR",
        (Item("Cuota anual 2026", -12000),),
        corrects="LEO-F-2026-0042",
        reason="Baja",
    )
    text = invoice(note)
    assert "Factura rectificativa LEO-A-2026-0003" in text
    assert "Rectifica la factura LEO-F-2026-0042" in text
    assert "Total -120,00 €" in text
    assert "Cómo pagar" not in text


def test_a_receipt_says_what_it_was_for_and_what_stays_on_the_account() -> None:
    paper = ReceiptPaper(
        "LEO-R-2026-0007", date(2026, 2, 1), "EUR", 15000, "direct_debit", (("LEO-F-2026-0042", 12000),), "RF70 LEOF"
    )
    text = words(receipt_pdf(paper, LEON, WEAVERS, SPANISH, NOW))
    assert "Recibo LEO-R-2026-0007" in text
    assert "domiciliación bancaria" in text
    assert "Factura LEO-F-2026-0042 120,00 €" in text
    assert "Queda a tu favor en tu cuenta 30,00 €" in text
    assert "Recibido 150,00 €" in text


def test_a_network_that_says_nothing_of_itself_still_writes_an_invoice() -> None:
    text = invoice(issuer=Issuer("La Coope"))
    assert "La Coope" in text
    assert "Cuenta:" not in text
    assert "Escanea" not in text


def test_only_euros_to_an_iban_have_a_code_to_scan() -> None:
    assert "Escanea" not in invoice(replace(DUES, currency="USD"))
    assert "Escanea" not in invoice(issuer=replace(LEON, account="032180000118359719"))
    assert "032180000118359719" in invoice(issuer=replace(LEON, account="032180000118359719"))


def test_long_names_and_many_lines_break_pages_with_their_headings_and_lose_nothing() -> None:
    items = tuple(Item(f"Línea {i}: " + "colaboración en la feria " * (1 + i % 5), 100 + i) for i in range(120))
    member = replace(WEAVERS, name="Sociedad-" * 40)
    found = pages(invoice_pdf(replace(DUES, items=items), LEON, member, SPANISH, NOW))
    assert len(found) > 3
    assert all("Concepto" in page for page in found[:-1])
    text = " ".join(" ".join(page) for page in found)
    assert [i for i in range(120) if f"Línea {i}:" not in text] == []
    assert f"{len(found)}/{len(found)}" in text.replace(" ", "")


def test_the_structured_reference_has_right_check_digits() -> None:
    reference = creditor_reference("LEO-F-2026-0042")
    assert reference.endswith("LEOF20260042")
    assert iso11649.is_valid(reference)
    assert iso11649.is_valid(creditor_reference("TRA-" + "9" * 40))
    with pytest.raises(ValueError, match="letters or digits"):
        creditor_reference("—")
