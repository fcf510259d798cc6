"""The file by which a bank collects: pain.008 (ISO 20022 customer direct debit initiation), made by sepaxml.

A file is checked against its XSD before it is given out. What SEPA's banks do not carry is written plainer.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from sepaxml import SepaDD
from sepaxml.validation import ValidationError

from members.banking.rules.debits import SequenceType

Format = Literal["pain.008.001.02", "pain.008.001.08"]
#: EPC217-08: what every bank carries.
_UNCARRIED = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")


class FileInvalid(Exception):
    """The file does not keep to its schema."""


@dataclass(frozen=True)
class Creditor:
    """Who collects."""

    name: str
    iban: str
    bic: str
    creditor_id: str


@dataclass(frozen=True)
class Collected:
    """One direct debit. ``amount`` is in cents."""

    end_to_end_id: str
    holder: str
    iban: str
    bic: str
    mandate_reference: str
    signed_on: date
    sequence: SequenceType
    amount: int
    text: str


@dataclass(frozen=True)
class File:
    """The file, and the name of the batch (PmtInfId) in which each direct debit is, by its end-to-end id."""

    content: bytes
    batches: dict[str, str]


def plain(text: str, longest: int) -> str:
    """A text in the letters that SEPA carries, on one line."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(_UNCARRIED.sub(" ", bare).split())[:longest].strip() or "-"


def build(creditor: Creditor, collected: Sequence[Collected], collect_on: date, form: Format) -> File:
    """The file of these direct debits, all CORE and of one day. Raises FileInvalid."""
    config = {
        "name": plain(creditor.name, 70),
        "IBAN": creditor.iban,
        "batch": True,
        "creditor_id": creditor.creditor_id,
        "currency": "EUR",
        "instrument": "CORE",
    }
    if creditor.bic:
        config["BIC"] = creditor.bic
    order = SepaDD(config, schema=form, clean=False)
    for one in collected:
        payment = {
            "name": plain(one.holder, 70),
            "IBAN": one.iban,
            "amount": one.amount,
            "type": one.sequence,
            "collection_date": collect_on,
            "mandate_id": one.mandate_reference,
            "mandate_date": one.signed_on,
            "description": plain(one.text, 140),
            "endtoend_id": one.end_to_end_id,
        }
        if one.bic:
            payment["BIC"] = one.bic
        order.add_payment(payment)
    try:
        content: bytes = order.export(validate=True)
    except ValidationError as error:
        raise FileInvalid(str(error.__cause__)[:500]) from error
    return File(content, _batches(fromstring(content)))


def _batches(root: Element) -> dict[str, str]:
    space = root.tag.partition("}")[0] + "}"
    found: dict[str, str] = {}
    for batch in root.iter(f"{space}PmtInf"):
        name = batch.findtext(f"{space}PmtInfId") or ""
        found.update({one.text or "": name for one in batch.iter(f"{space}EndToEndId")})
    return found
