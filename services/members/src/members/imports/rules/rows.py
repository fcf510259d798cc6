"""A row of somebody's list of members, read: in Spanish or English, with the words and dates that people write."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from contracts.members import MemberKind
from kit.errors import Invalid
from kit.sheets import Cells, Table, fold
from members.identity import rules as identity_rules
from members.identity.phones import phone_number
from members.membership.rules import Address, Representative, particulars
from members.membership.rules.history import EARLIEST

Ending = Literal["active", "suspended", "left"]

#: Our columns, and what they are called in people's lists; written without accents, case and signs.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "number": (
        "number",
        "no",
        "num",
        "numero",
        "numero de socio",
        "n de socio",
        "n o",
        "n o de socio",
        "socio",
        "member number",
    ),
    "kind": ("kind", "type", "tipo", "clase", "tipo de socio"),
    "name": ("name", "nombre", "nombre completo", "razon social", "denominacion", "full name"),
    "email": ("email", "e mail", "mail", "correo", "correo electronico", "email address"),
    "phone": ("phone", "telefono", "tel", "movil", "celular", "phone number"),
    "tax_id": ("tax id", "rfc", "nif", "cif", "nif cif", "dni", "ruc", "cedula", "ruc cedula", "vat number"),
    "country": ("country", "pais"),
    "language": ("language", "idioma", "lengua"),
    "joined_on": ("joined on", "joined", "alta", "fecha de alta", "ingreso", "fecha de ingreso", "socio desde"),
    "status": ("status", "estado", "situacion"),
    "left_on": ("left on", "left", "baja", "fecha de baja"),
    "street": ("street", "address", "calle", "domicilio", "direccion"),
    "town": ("town", "city", "poblacion", "ciudad", "localidad", "municipio"),
    "postal_code": ("postal code", "postcode", "zip", "codigo postal", "cp"),
    "representative": ("representative", "representante", "representante legal", "legal representative"),
    "document": ("document", "documento", "documento del representante"),
    "notes": ("notes", "notas", "observaciones"),
}
REQUIRED = ("kind", "name", "email")
#: Columns that say nothing without each other, and those that go with them.
_PARTS: Mapping[frozenset[str], frozenset[str]] = {
    frozenset({"street", "town"}): frozenset({"street", "town", "postal_code"}),
    frozenset({"representative", "document"}): frozenset({"representative", "document"}),
}
KINDS: Mapping[str, MemberKind] = {
    **dict.fromkeys(("household", "hogar", "familia", "family"), "household"),
    **dict.fromkeys(("person", "persona", "particular", "individual", "persona fisica"), "person"),
    **dict.fromkeys(("producer", "productor", "productora"), "producer"),
    **dict.fromkeys(("transformer", "transformador", "transformadora"), "transformer"),
    **dict.fromkeys(("trader", "comerciante", "comercio", "tienda"), "trader"),
    **dict.fromkeys(("cooperative", "cooperativa"), "cooperative"),
    **dict.fromkeys(("enterprise", "empresa", "company", "sociedad"), "enterprise"),
    **dict.fromkeys(("professional", "profesional", "autonomo", "autonoma"), "professional"),
    **dict.fromkeys(("association", "asociacion"), "association"),
    **dict.fromkeys(("public body", "administracion publica", "ayuntamiento", "entidad publica"), "public_body"),
}
STATUSES: Mapping[str, Ending] = {
    **dict.fromkeys(("active", "activo", "activa", "alta", "de alta", "vigente", "in arrears", "moroso"), "active"),
    **dict.fromkeys(("suspended", "suspendido", "suspendida"), "suspended"),
    **dict.fromkeys(("left", "baja", "de baja"), "left"),
}
LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys(("es", "espanol", "castellano", "spanish"), "es"),
    **dict.fromkeys(("en", "ingles", "english"), "en"),
    **dict.fromkeys(("qu", "kichwa", "quichua", "quechua"), "qu"),
    **dict.fromkeys(("otq", "hnahnu", "otomi"), "otq"),
}

_SIGNS = re.compile(r"[^a-z0-9ñ]+")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")


@dataclass(frozen=True)
class Row:
    """What a row says of a member; what it says nothing of is None."""

    row: int
    kind: MemberKind
    name: str
    email: str
    number: str | None = None
    phone: str | None = None
    tax_id: str | None = None
    country: str | None = None
    language: str | None = None
    joined_on: date | None = None
    status: Ending | None = None
    left_on: date | None = None
    address: Address | None = None
    representative: Representative | None = None
    notes: str | None = None


@dataclass(frozen=True)
class Refusal:
    """Why a row can't be taken; the error's field is the pointer of one of our columns."""

    row: int
    error: Invalid


def columns(table: Table) -> dict[str, str]:
    """Our columns that the file has, each with its heading there. Raises Invalid if one that is needed is missing."""
    ours = {heading: column for column, headings in HEADINGS.items() for heading in (_words(column), *headings)}
    found: dict[str, str] = {}
    for heading in table.header:
        column = ours.get(_words(heading))
        if column is not None:
            found.setdefault(column, heading)
    for column in REQUIRED:
        if column not in found:
            raise Invalid("column_missing", "The column {column} is missing", field=f"/{column}", column=column)
    for whole, parts in _PARTS.items():
        if not found.keys() >= whole:
            # A list that knows the town and nothing else is a list all the same.
            found = {column: heading for column, heading in found.items() if column not in parts}
    return found


def column_of(error: Invalid) -> str | None:
    """Which of our columns an error speaks of."""
    field = error.field or ""
    return {"/representative/name": "representative"}.get(field, field.rpartition("/")[2]) or None


def ignored(table: Table, found: Mapping[str, str]) -> list[str]:
    """The headings of the file that are left aside."""
    return [heading for heading in table.header if heading and heading not in found.values()]


def read(table: Table, country: str, today: date) -> Iterator[Row | Refusal]:
    """Each row of the file. ``country`` is the network's, ``today`` its day. Raises Invalid as ``columns`` does."""
    known = columns(table)
    places = {column: table.header.index(heading) for column, heading in known.items()}
    for number, cells in table.rows:
        texts = {column: cells[place] for column, place in places.items() if place < len(cells)}
        try:
            yield _row(Cells(number, texts), country, today)
        except Invalid as error:
            yield Refusal(number, error)


def _row(cells: Cells, country: str, today: date) -> Row:
    row = Row(
        row=cells.row,
        kind=_one_of(cells, "kind", KINDS, required=True),
        name=particulars.plain_name(cells.text("name", required=True)),
        email=identity_rules.email_address(cells.text("email", longest=254, required=True)),
        language=_one_of(cells, "language", LANGUAGES),
        status=_one_of(cells, "status", STATUSES),
        joined_on=_day(cells, "joined_on", today),
        left_on=_day(cells, "left_on", today),
    )
    home = _said(cells, "country")
    row = replace(row, country=particulars.country(home) if home else None)
    if number := _said(cells, "number"):
        row = replace(row, number=particulars.member_number(number))
    if phone := _said(cells, "phone"):
        row = replace(row, phone=phone_number(phone, row.country or country))
    if tax_id := _said(cells, "tax_id"):
        row = replace(row, tax_id=particulars.tax_id(tax_id, row.country, country))
    if notes := cells.text("notes", longest=5000):
        row = replace(row, notes=particulars.plain_text(notes, "/notes"))
    _check_days(row)
    return replace(row, address=_address(cells), representative=_representative(cells))


def _check_days(row: Row) -> None:
    if row.left_on is not None and row.status not in (None, "left"):
        raise Invalid("left_and_not", "Only who left has a day of leaving", field="/left_on")
    if row.left_on is not None and row.joined_on is not None and row.left_on < row.joined_on:
        raise Invalid("left_before_joined", "Must not lie before the day of joining", field="/left_on")


def _address(cells: Cells) -> Address | None:
    street, town, code = (_said(cells, column) for column in ("street", "town", "postal_code"))
    if street is None and town is None and code is None:
        return None
    if street is None:
        raise Invalid("street_missing", "An address needs a street, too", field="/street")
    if town is None:
        raise Invalid("town_missing", "An address needs a town, too", field="/town")
    return particulars.address({"street": street, "town": town, "postal_code": code})


def _representative(cells: Cells) -> Representative | None:
    name, document = _said(cells, "representative"), _said(cells, "document")
    if name is None and document is None:
        return None
    if name is None:
        raise Invalid("representative_missing", "Whose document this is", field="/representative")
    if document is None:
        raise Invalid("document_missing", "The number of the representative's document", field="/document")
    return particulars.representative({"name": name, "document": document})


def _said(cells: Cells, column: str) -> str | None:
    try:
        return cells.text(column) or None
    except Invalid as error:
        raise _of(error, column) from error


def _one_of(cells: Cells, column: str, words: Mapping[str, Any], *, required: bool = False) -> Any:
    said = cells.text(column, required=required)
    found = words.get(_words(said))
    if said and found is None:
        known = ", ".join(sorted(set(words.values())))
        raise Invalid("word_unknown", "Not known; there are {known}", field=f"/{column}", known=known)
    return found


def _day(cells: Cells, column: str, today: date) -> date | None:
    text = cells.text(column)
    if not text:
        return None
    try:
        if found := _DAY_FIRST.fullmatch(text):
            day = date(int(found[3]), int(found[2]), int(found[1]))
        else:
            day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("not_a_day", "A date such as 2019-03-01 or 01/03/2019", field=f"/{column}") from error
    if day > today:
        raise Invalid("date_in_future", "Today or a day before", field=f"/{column}")
    if day < EARLIEST:
        last = today.isoformat()
        raise Invalid(
            "date_out_of_range",
            "A date between {first} and {last}",
            field=f"/{column}",
            first=EARLIEST.isoformat(),
            last=last,
        )
    return day


def _of(error: Invalid, column: str) -> Invalid:
    params: dict[str, Any] = dict(error.params)
    return Invalid(error.code, error.message, field=f"/{column}", **params)


def _words(text: str) -> str:
    return " ".join(_SIGNS.sub(" ", fold(text)).split())
