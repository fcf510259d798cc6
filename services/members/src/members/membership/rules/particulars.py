"""What a member says of itself, as it is kept, and who may change which part of it."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.members import MemberKind
from kit.errors import Forbidden, Invalid
from members.membership import tax_ids

#: Kinds that are persons in law: somebody signs for them, and what they are called in law is not theirs to change here.
LEGAL_PERSONS: frozenset[MemberKind] = frozenset({"cooperative", "enterprise", "association", "public_body"})
#: Fields that only a coordinator changes; of a legal person that was admitted, also those by which others know it.
COORDINATORS_ALONE = frozenset({"kind", "number", "notes"})
KNOWN_BY = frozenset({"name", "tax_id", "country"})
#: Words that a search looks for; what is typed beyond them is left out.
MOST_WORDS = 8

_COUNTRY = re.compile(r"[A-Z]{2}")
_NUMBER = re.compile(r"[A-Z0-9](?:[A-Z0-9./-]{0,38}[A-Z0-9])?")
_SPACES = re.compile(r"[^\S\n]+")


@dataclass(frozen=True)
class Address:
    """Where letters reach a member."""

    street: str
    town: str
    postal_code: str | None = None
    #: ISO 3166-1 alpha-2; the member's own where there is none.
    country: str | None = None


@dataclass(frozen=True)
class Representative:
    """Who signs for a member, and the number of the document that says who they are."""

    name: str
    document: str


@dataclass(frozen=True)
class Particular:
    """A field that changed."""

    field: str
    before: Any
    after: Any


def plain_name(text: str, field: str = "/name") -> str:
    """A name on one line, without blanks around it. Raises Invalid if nothing readable is left."""
    name = " ".join(text.split())
    if not any(letter.isalnum() for letter in name) or not name.isprintable():
        raise Invalid("name_invalid", "A name that people can read", field=field)
    return name


def plain_text(text: str, field: str) -> str:
    """A text of some lines, without what can't be seen. Raises Invalid."""
    lines = [_SPACES.sub(" ", line).strip() for line in text.strip().splitlines()]
    if not all(line.isprintable() for line in lines):
        raise Invalid("text_invalid", "Without control characters", field=field)
    return "\n".join(lines)


def country(code: str, field: str = "/country") -> str:
    """A country's two letters. Raises Invalid."""
    found = code.strip().upper()
    if not _COUNTRY.fullmatch(found):
        raise Invalid("country_invalid", "Two letters, such as MX (ISO 3166-1)", field=field)
    return found


def member_number(text: str, field: str = "/number") -> str:
    """A member's number as it is kept: in capitals. Raises Invalid."""
    found = unicodedata.normalize("NFKC", text).strip().upper()
    if not _NUMBER.fullmatch(found):
        raise Invalid("number_invalid", "Letters, digits and dashes, such as QRO-2026-0042", field=field)
    return found


def address(said: Mapping[str, Any], field: str = "/address") -> Address:
    """Raises Invalid, naming the part."""
    code, where = said.get("postal_code"), said.get("country")
    return Address(
        street=plain_name(said["street"], f"{field}/street"),
        town=plain_name(said["town"], f"{field}/town"),
        postal_code=plain_name(code, f"{field}/postal_code") if code else None,
        country=country(where, f"{field}/country") if where else None,
    )


def representative(said: Mapping[str, Any], field: str = "/representative") -> Representative:
    """Raises Invalid, naming the part."""
    return Representative(
        name=plain_name(said["name"], f"{field}/name"), document=plain_name(said["document"], f"{field}/document")
    )


def tax_id(text: str, member_country: str | None, network_country: str) -> str:
    """The tax id, checked as the member's country makes them, or else the network's. Raises Invalid."""
    return tax_ids.tax_id(text, member_country or network_country)


def check_may_change(fields: Iterable[str], *, kind: MemberKind, admitted: bool, coordinator: bool) -> None:
    """Raises Forbidden, naming the field, for what only a coordinator changes."""
    guarded = COORDINATORS_ALONE | (KNOWN_BY if admitted and kind in LEGAL_PERSONS else frozenset())
    for field in sorted(fields):
        if field in guarded and not coordinator:
            raise Forbidden("coordinators_only", "Only a coordinator changes this; ask for it", field=f"/{field}")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Particular]:
    """What differs, in the order of ``after``."""
    return [Particular(name, before[name], value) for name, value in after.items() if before[name] != value]


def fold(text: str) -> str:
    """The text without case, accents and needless space: what two spellings of a name have in common."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.casefold().split())


def search_key(name: str, number: str | None, email: str) -> str:
    """What a search looks into."""
    return fold(f"{name} {number or ''} {email}")


def words(query: str) -> list[str]:
    """What a search looks for: every one of these."""
    return fold(query).split()[:MOST_WORDS]
