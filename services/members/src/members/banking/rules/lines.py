"""A bank statement as it is understood, whatever it was written in. Amounts are integers of minor units."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from contracts.values import LARGEST_AMOUNT, scale
from kit.errors import Invalid

#: What a file may hold; a year of a busy association fits.
MOST_LINES = 20_000
#: Texts are cut to this: what identifies a payment stands well before.
LONGEST_TEXT = 1_000

State = Literal["booked", "proposed", "unmatched", "ignored", "not_ours"]


@dataclass(frozen=True)
class BankLine:
    """One movement of the account. ``amount`` is above zero for what came in and below for what went out."""

    booked_on: date
    amount: int
    text: str = ""
    value_on: date | None = None
    #: Structured creditor reference (ISO 11649), if the payer gave one.
    reference: str = ""
    end_to_end_id: str = ""
    #: The bank's own number of it (AcctSvcrRef); empty if it gives none.
    bank_reference: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    mandate_reference: str = ""
    #: The batch that it collects, as we called it (PmtInfId).
    batch: str = ""
    reversal: bool = False
    #: Why a direct debit came back (ISO 20022 external code), such as AM04.
    return_reason: str = ""


@dataclass(frozen=True)
class Statement:
    """A part of an account's history. Balances are None where the file does not tell them."""

    account: str
    number: str
    lines: tuple[BankLine, ...]
    opening: int | None = None
    closing: int | None = None

    @property
    def difference(self) -> int | None:
        """Closing balance less opening balance and lines: zero if the file is whole. None if it can't be told."""
        if self.opening is None or self.closing is None:
            return None
        return self.closing - self.opening - sum(line.amount for line in self.lines)

    @property
    def since(self) -> date | None:
        return min((line.booked_on for line in self.lines), default=None)

    @property
    def until(self) -> date | None:
        return max((line.booked_on for line in self.lines), default=None)


def identities(lines: Sequence[BankLine]) -> list[str]:
    """What makes each line itself, so that it is known again in any other file that has it.

    The bank's reference with date and amount, else date, amount and text; and which one of several alike of that day it
    is, for two members may well pay the same in the same words on one day. Banks send whole days, so the first of them in
    one file is the first in another, too.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for line in lines:
        key = _key(line)
        found.append(hashlib.blake2b("\x1f".join((*key, str(seen[key]))).encode(), digest_size=16).hexdigest())
        seen[key] += 1
    return found


def _key(line: BankLine) -> tuple[str, ...]:
    common = (line.booked_on.isoformat(), str(line.amount))
    if line.bank_reference:
        return ("reference", *common, line.bank_reference, line.end_to_end_id)
    words = (line.text, line.reference, line.end_to_end_id, line.counterparty, line.counterparty_account)
    return ("text", *common, *(re.sub(r"\W+", "", word).casefold() for word in words))


def digest(statement: Statement) -> str:
    """The same for the same statement, however the file is written."""
    parts = [statement.account, statement.number, str(statement.opening), str(statement.closing)]
    whole = "\x1f".join([*parts, *identities(statement.lines)])
    return hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()


def minor_units(text: str, currency: str, field: str) -> int:
    """An amount as ISO 20022 writes it (``60.00``) in minor units. Raises Invalid."""
    try:
        amount = Decimal(text.strip())
        if not amount.is_finite() or amount < 0 or amount >= LARGEST_AMOUNT:
            raise InvalidOperation
        minor = amount.scaleb(scale(currency))
        if minor != minor.to_integral_value():
            raise InvalidOperation
    except InvalidOperation:
        raise Invalid("bank_amount_invalid", "Not an amount of {currency}", field=field, currency=currency) from None
    return int(minor)


def plain_text(parts: Iterable[str]) -> str:
    """Texts on one line, printable, cut to what is kept."""
    words = " ".join(" ".join(part.split()) for part in parts if part.strip())
    return "".join(letter for letter in words if letter.isprintable())[:LONGEST_TEXT].strip()
