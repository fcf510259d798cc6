"""CAMT.053 (ISO 20022 bank-to-customer statement), versions 02 to 13, as banks really write it.

Elements are known by their local names: banks use prefixes and default namespaces as they like, and between versions an
element is only wrapped (``Dbtr/Nm`` became ``Dbtr/Pty/Nm``) or moved (a detail's amount out of ``AmtDtls``).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from kit.errors import Invalid
from members.banking.rules.lines import MOST_LINES, BankLine, Statement, minor_units, plain_text

_MESSAGE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:(camt\.053\.001\.(?:0[2-9]|1[0-3]))\}Document")
#: Opening and closing booked balance; a page of a longer statement opens with the interim one.
_OPENING = ("OPBD", "PRCD")
_CLOSING = ("CLBD",)


def read(body: bytes, currency: str) -> list[Statement]:
    """The file's statements, of one account or several. Raises Invalid, naming the place where it can.

    Entries that are announced but not booked are left out; a batch is taken apart where the bank gives its parts and they
    add up to it.
    """
    root = _document(body)
    statements = [_statement(element, currency, n) for n, element in enumerate(_all(root, "BkToCstmrStmt/Stmt"))]
    if not statements:
        raise Invalid("statement_empty", "There is no statement in this file")
    if sum(len(statement.lines) for statement in statements) > MOST_LINES:
        raise Invalid("too_many_lines", "At most {most} lines in a file", most=MOST_LINES)
    return statements


def _document(body: bytes) -> Element:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except DefusedXmlException:
        raise Invalid("xml_forbidden", "Entities and document types are not taken in a bank file") from None
    except (ParseError, ValueError, LookupError):
        raise Invalid("not_xml", "This can't be read as XML") from None
    for element in root.iter():
        if _MESSAGE.fullmatch(str(element.tag)):
            return element
    told = str(root.tag).rpartition("}")[0].rpartition(":")[2] or _name(root)
    raise Invalid("not_camt053", "This is {told}, not a statement in CAMT.053", told=told[:60])


def _statement(element: Element, currency: str, n: int) -> Statement:
    place = f"/statements/{n}"
    account = _text(element, "Acct/Id/IBAN") or _text(element, "Acct/Id/Othr/Id")
    if not account:
        raise Invalid("account_missing", "The statement does not say of which account it is", field=place)
    lines = [
        line
        for k, entry in enumerate(_all(element, "Ntry"))
        for line in _entry(entry, currency, f"{place}/entries/{k}")
    ]
    return Statement(
        account=account,
        number=plain_text([_text(element, "ElctrncSeqNb") or _text(element, "LglSeqNb"), _text(element, "Id")])[:70],
        lines=tuple(lines),
        opening=_balance(element, _OPENING, currency, place),
        closing=_balance(element, _CLOSING, currency, place),
    )


def _balance(element: Element, codes: tuple[str, ...], currency: str, place: str) -> int | None:
    found = {_text(balance, "Tp/CdOrPrtry/Cd"): balance for balance in _all(element, "Bal")}
    chosen = next((found[code] for code in codes if code in found), None)
    return None if chosen is None else _signed(chosen, currency, f"{place}/balances")


def _entry(entry: Element, currency: str, place: str) -> Iterator[BankLine]:
    """The lines of an entry: its details if there are several that add up to it, else itself."""
    if (_text(entry, "Sts") or _text(entry, "Sts/Cd") or "BOOK") != "BOOK":
        return
    amount = _signed(entry, currency, place)
    if amount == 0:
        return
    booked_on = _day(entry, "BookgDt", place) or _day(entry, "ValDt", place)
    if booked_on is None:
        raise Invalid("booking_date_missing", "The entry does not say when it was booked", field=place)
    whole = BankLine(
        booked_on=booked_on,
        amount=amount,
        value_on=_day(entry, "ValDt", place),
        bank_reference=_known(_text(entry, "AcctSvcrRef")),
        batch=_known(_text(entry, "NtryDtls/Btch/PmtInfId") or _text(entry, "NtryDtls/Btch/MsgId")),
        reversal=_text(entry, "RvslInd") in {"true", "1"},
        text=plain_text([_text(entry, "AddtlNtryInf")]),
    )
    details = _all(entry, "NtryDtls/TxDtls")
    if len(details) > 1:
        parts = [_part(detail, whole, currency, place) for detail in details]
        if None not in parts and sum(part.amount for part in parts if part) == amount:
            yield from (part for part in parts if part)
            return
    yield _described(whole, details[0]) if len(details) == 1 else replace(whole, text=_joined(whole, details))


def _part(detail: Element, whole: BankLine, currency: str, place: str) -> BankLine | None:
    """A detail of a batch as a line of its own; None if the bank does not say what it came to."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        if found := _all(detail, path):
            amount = _minor(found[0], currency, place)
            mark = _text(detail, "CdtDbtInd")
            sign = (1 if whole.amount > 0 else -1) if not mark else (1 if mark == "CRDT" else -1)
            return _described(replace(whole, amount=sign * amount, batch=""), detail) if amount else None
    return None


def _described(line: BankLine, detail: Element) -> BankLine:
    """The line with what a detail tells of it."""
    # In a payment that comes back the debtor is still who was to pay.
    returned = _text(detail, "RtrInf/Rsn/Cd")
    first, second = ("Dbtr", "Cdtr") if line.amount > 0 or line.reversal or returned else ("Cdtr", "Dbtr")
    texts = [_content(element) for element in _all(detail, "RmtInf/Ustrd")]
    return replace(
        line,
        text=plain_text([*texts, _text(detail, "AddtlTxInf")]) or line.text,
        reference=_text(detail, "RmtInf/Strd/CdtrRefInf/Ref")[:140],
        end_to_end_id=_known(_text(detail, "Refs/EndToEndId")),
        bank_reference=_known(_text(detail, "Refs/AcctSvcrRef")) or line.bank_reference,
        mandate_reference=_known(_text(detail, "Refs/MndtId")),
        batch=line.batch or _known(_text(detail, "Refs/PmtInfId")),
        counterparty=plain_text([_party(detail, first) or _party(detail, second)])[:140],
        counterparty_account=(_account(detail, first) or _account(detail, second))[:40],
        return_reason=returned,
    )


def _joined(whole: BankLine, details: list[Element]) -> str:
    texts = [_content(element) for detail in details for element in _all(detail, "RmtInf/Ustrd")]
    return plain_text([whole.text, *texts])


def _party(detail: Element, role: str) -> str:
    return _text(detail, f"RltdPties/{role}/Nm") or _text(detail, f"RltdPties/{role}/Pty/Nm")


def _account(detail: Element, role: str) -> str:
    place = f"RltdPties/{role}Acct/Id"
    return re.sub(r"\s", "", _text(detail, f"{place}/IBAN") or _text(detail, f"{place}/Othr/Id")).upper()


def _known(reference: str) -> str:
    """A reference; empty for the words by which banks say that there is none."""
    return "" if reference.upper() in {"NOTPROVIDED", "NONREF", "NOTAVAILABLE", "0"} else reference[:140]


def _signed(element: Element, currency: str, place: str) -> int:
    found = _all(element, "Amt")
    mark = _text(element, "CdtDbtInd")
    if not found or mark not in {"CRDT", "DBIT"}:
        raise Invalid("bank_amount_missing", "An amount and whether it came in or went out", field=place)
    amount = _minor(found[0], currency, place)
    return amount if mark == "CRDT" else -amount


def _minor(amount: Element, currency: str, place: str) -> int:
    if amount.get("Ccy") != currency:
        raise Invalid("currency_mismatch", "Must be in {currency}", field=place, currency=currency)
    return minor_units(_content(amount), currency, place)


def _day(entry: Element, name: str, place: str) -> date | None:
    text = _text(entry, f"{name}/Dt") or _text(entry, f"{name}/DtTm")
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Invalid("date_invalid", "Not a date, such as 2026-02-28", field=place) from None


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _content(element: Element) -> str:
    return (element.text or "").strip()


def _all(element: Element, path: str) -> list[Element]:
    """The elements at a path of local names."""
    found = [element]
    for name in path.split("/"):
        found = [child for parent in found for child in parent if _name(child) == name]
    return found


def _text(element: Element, path: str) -> str:
    """The text of the first element there; empty if there is none."""
    found = _all(element, path)
    return _content(found[0]) if found else ""
