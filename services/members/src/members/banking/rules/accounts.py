"""Numbers of bank accounts: IBAN where there are IBANs, CLABE in Mexico, the bank's own number elsewhere."""

import re

from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum.eu import at_02
from stdnum.exceptions import ValidationError

from kit.errors import Invalid

_CLABE_WEIGHTS = (3, 7, 1)
_LOOKS_LIKE_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+")


def iban(text: str, field: str) -> str:
    """An IBAN without blanks (ISO 13616, and the country's own check where there is one). Raises Invalid."""
    try:
        return stdnum_iban.validate(text)
    except ValidationError:
        raise Invalid("iban_invalid", "Not an IBAN; one looks like {example}", field=field, example=_EXAMPLE) from None


_EXAMPLE = "ES91 2100 0418 4502 0005 1332"


def clabe_is_valid(number: str) -> bool:
    """Whether the 18th digit of a CLABE is right (weights 3, 7, 1 modulo 10, as Banxico's circulars have it)."""
    if not (len(number) == 18 and number.isascii() and number.isdigit()):
        return False
    weighed = sum(int(digit) * _CLABE_WEIGHTS[place % 3] % 10 for place, digit in enumerate(number[:17]))
    return (10 - weighed % 10) % 10 == int(number[17])


def account_number(text: str, country: str, field: str) -> str:
    """An account's number as it is kept: letters and digits alone. Raises Invalid.

    What looks like an IBAN must be one, and in Mexico 18 digits must be a CLABE; any other number of 4 to 34 letters and
    digits is taken, for banks that count in their own way.
    """
    number = re.sub(r"[\s.\-/]", "", text).upper()
    if _LOOKS_LIKE_IBAN.fullmatch(number):
        return iban(number, field)
    if country == "MX" and len(number) == 18 and not clabe_is_valid(number):
        raise Invalid("clabe_invalid", "Not a CLABE: its last digit does not fit the others", field=field)
    if not re.fullmatch(r"[A-Z0-9]{4,34}", number):
        raise Invalid("account_number_invalid", "4 to 34 letters and digits", field=field)
    return number


def same_account(kept: str, found: str) -> bool:
    """Whether a statement's account is ours: the same number, or the national number inside our IBAN."""
    plain = re.sub(r"[^A-Z0-9]", "", found.upper())
    if not plain:
        return False
    return plain == kept or (len(plain) >= 8 and kept.endswith(plain)) or (len(kept) >= 8 and plain.endswith(kept))


def bic(text: str, field: str) -> str:
    """A BIC (ISO 9362). Raises Invalid."""
    try:
        return stdnum_bic.validate(text)
    except ValidationError:
        raise Invalid(
            "bic_invalid", "Not a BIC; one looks like {example}", field=field, example="CAIXESBBXXX"
        ) from None


def creditor_id(text: str, field: str) -> str:
    """A SEPA creditor identifier (AT-02), such as ``ES23ZZZ47690558N``. Raises Invalid."""
    try:
        return at_02.validate(text)
    except ValidationError:
        raise Invalid(
            "creditor_id_invalid", "Not a creditor identifier; one looks like {example}", field=field, example=_CREDITOR
        ) from None


_CREDITOR = "ES23ZZZ47690558N"


def masked(number: str) -> str:
    """A number by which its owner knows it and nobody else can use it: ``ES91 •••• 1332``."""
    return f"{number[:4]} •••• {number[-4:]}" if len(number) > 8 else f"•••• {number[-4:]}"
