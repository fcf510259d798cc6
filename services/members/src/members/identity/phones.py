"""Phone numbers as everybody writes them, kept in one form (libphonenumber's rules). Pure, like rules."""

import re

import phonenumbers

from kit.errors import Invalid

_WRITTEN = re.compile(r"\+?[0-9\s().\-/]{5,40}")


def phone_number(text: str, country: str, field: str = "/phone") -> str:
    """The number in E.164, such as ``+524421234567``; one without a country is of the network's. Raises Invalid.

    Whether it is in use, only a call could tell; this catches slips of the finger.
    """
    number = read(text, country)
    if number is None:
        raise Invalid("phone_invalid", "7 to 15 digits, such as +52 442 123 4567", field=field)
    return number


def read(text: str, country: str) -> str | None:
    """The number in E.164; None if it is none."""
    if not _WRITTEN.fullmatch(text.strip()):
        return None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
