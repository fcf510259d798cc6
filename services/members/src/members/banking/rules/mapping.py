"""How a bank's CSV is to be read: which column is what, kept with the account by its treasurer."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.values import LARGEST_AMOUNT, scale
from kit.errors import Invalid

#: The parts of a date, as people name them, and what they match.
_PARTS = {
    "DD": r"(?P<day>\d{1,2})",
    "MM": r"(?P<month>\d{1,2})",
    "MMM": r"(?P<name>[^\W\d]{3,12})\.?",
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
}
_TOKEN = re.compile(r"YYYY|YY|MMM|MM|DD")
#: Months as Spanish and English statements shorten them.
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("ene jan", "feb", "mar", "abr apr", "may", "jun", "jul", "ago aug", "sep set", "oct", "nov", "dic dec"),
        start=1,
    )
    for name in names.split()
}
_SPACES = re.compile(r"[\s\u00a0\u202f$€]|MXN|USD|EUR|MN", re.IGNORECASE)


@dataclass(frozen=True)
class Mapping:
    """Columns by the header's words, or by their place (``1``, ``2``…) where the file has no header.

    The amount is one signed column; or one without sign beside a ``sign`` column whose ``debit_words`` mark what went out;
    or a column each for what came in (``credit``) and what went out (``debit``).
    """

    booked_on: str
    text: tuple[str, ...]
    date_format: str = "DD/MM/YYYY"
    decimal_mark: str = ","
    header: bool = True
    value_on: str = ""
    amount: str = ""
    sign: str = ""
    debit_words: tuple[str, ...] = ()
    credit: str = ""
    debit: str = ""
    balance: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    bank_reference: str = ""
    reference: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that it names."""
        one_by_one = (
            self.booked_on,
            self.value_on,
            self.amount,
            self.sign,
            self.credit,
            self.debit,
            self.balance,
            self.counterparty,
            self.counterparty_account,
            self.bank_reference,
            self.reference,
        )
        return tuple(column for column in (*one_by_one, *self.text) if column)


def checked(mapping: Mapping, field: str = "/mapping") -> Mapping:
    """Raises Invalid, naming the field, for a mapping by which no file could be read."""
    if bool(mapping.amount) == bool(mapping.credit and mapping.debit) or bool(mapping.credit) != bool(mapping.debit):
        raise Invalid(
            "amount_columns", "Either one amount column, or one for credit and one for debit", field=f"{field}/amount"
        )
    if bool(mapping.sign) != bool(mapping.debit_words) or (mapping.sign and not mapping.amount):
        raise Invalid(
            "sign_column", "A sign column goes with an amount column and the words for debit", field=f"{field}/sign"
        )
    tokens = _TOKEN.findall(mapping.date_format)
    if sorted(token[0] for token in tokens) != ["D", "M", "Y"]:
        raise Invalid(
            "date_format_invalid", "DD, MM or MMM, and YYYY or YY, such as DD/MM/YYYY", field=f"{field}/date_format"
        )
    if not mapping.header and not all(column.isdigit() and 0 < int(column) < 200 for column in mapping.columns):
        raise Invalid("column_places", "Without a header columns are named by their place, from 1", field=field)
    return mapping


def fold(text: str) -> str:
    """A column's name or a word as it is compared: without accents, capitals and doubled blanks."""
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(plain.casefold().replace("\ufeff", "").split())


def day(text: str, date_format: str) -> date | None:
    """A date as the format has it; None for what is none. Two-digit years are of this century."""
    pattern = _TOKEN.sub(lambda token: _PARTS[token[0]], re.escape(date_format.replace("\\", "")))
    # A time of day may follow.
    found = re.match(rf"\s*{pattern}(?:[ T]+[\d:.]+.*)?\s*$", text, re.IGNORECASE)
    if found is None:
        return None
    parts = found.groupdict()
    month = _MONTHS.get(fold(parts["name"])[:3], 0) if parts.get("name") else int(parts["month"])
    year = int(parts["year"]) if parts.get("year") else 2000 + int(parts["short"])
    try:
        return date(year, month, int(parts["day"]))
    except ValueError:
        return None


def amount(text: str, mark: str, currency: str) -> int | None:
    """An amount as banks write it (``1.234,56``, ``-1,234.56``, ``(12.00)``, ``12,00-``) in minor units; None for none.

    What stands before the decimal mark may be grouped by threes; anything else is no amount, lest 1.234 be read wrongly.
    """
    compact = _SPACES.sub("", text).replace("−", "-")
    negative = compact.startswith(("-", "(")) or compact.endswith("-")
    compact = compact.strip("+-()")
    other = "." if mark == "," else ","
    groups = re.escape(other) + r"|'"
    if not re.fullmatch(rf"(?:\d+|\d{{1,3}}(?:(?:{groups})\d{{3}})+)?(?:{re.escape(mark)}\d*)?", compact):
        return None
    plain = compact.replace(other, "").replace("'", "").replace(mark, ".")
    if not any(letter.isdigit() for letter in plain):
        return None
    value = Decimal(plain)
    minor = value.scaleb(scale(currency))
    if value >= LARGEST_AMOUNT or minor != minor.to_integral_value():
        return None
    return -int(minor) if negative else int(minor)
