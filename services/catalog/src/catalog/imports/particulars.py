"""What our own list says of a product beside its name and price, cell by cell; None where nothing is said."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import cast, get_args

from catalog.imports.prices import price
from catalog.producers.rules import Place
from catalog.products.rules import (
    FINEST,
    Allergens,
    Conservation,
    Deposit,
    NetContent,
    PieceWeight,
    Window,
    Wording,
)
from contracts.catalog import ContentUnit, Storage
from contracts.values import LARGEST_QUANTITY, Location
from kit.errors import Invalid
from kit.sheets import Cells, Table, fold

COLUMNS = (
    "contains",
    "may_contain",
    "storage",
    "shelf_life_days",
    "conservation",
    "place",
    "latitude",
    "longitude",
    "net_content",
    "net_unit",
    "tax_rate",
    "tax_included",
    "deposit",
    "deposit_name",
    "piece_min",
    "piece_max",
    "season",
)
#: What says that there is none, which is not the same as saying nothing.
_NONE = ("none", "ninguno", "ninguna")
_LANGUAGE = re.compile(r"(product|description)_([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?")
_CONTENT_UNITS = {"kg": "KGM", "g": "GRM", "l": "LTR", "ml": "MLT", "pieza": "H87", "piece": "H87"}


def languages(table: Table) -> dict[str, str]:
    """The columns for other languages, each with its tag: ``product_en``, ``description_es-ec``."""
    found = {}
    for name in table.header:
        column = fold(name).replace(" ", "_")
        parts = _LANGUAGE.fullmatch(column)
        if parts and column != "product_id":
            tag = (parts[2], parts[3] and parts[3].title(), parts[4] and parts[4].upper())
            found[column] = "-".join(part for part in tag if part)
    return found


def translations(cells: Cells, columns: Mapping[str, str]) -> dict[str, Wording] | None:
    """Name and description in the languages that the row says something in."""
    said: dict[str, Wording] = {}
    for tag in dict.fromkeys(columns.values()):
        own = {name: column for column, t in columns.items() if t == tag for name in [column.partition("_")[0]]}
        name = cells.text(own.get("product", ""), longest=120)
        description = cells.text(own.get("description", ""), longest=5000)
        if description and not name:
            raise Invalid("missing", "Must not be empty", field=own.get("product", f"product_{tag}".lower()))
        if name:
            said[tag] = Wording(name, description)
    return said or None


def codes(cells: Cells, column: str) -> tuple[str, ...]:
    """The codes in a cell."""
    return tuple(re.split(r"[|;,\s]+", cells.text(column, longest=1000).strip("|;, "))) if cells.text(column) else ()


def allergens(cells: Cells) -> Allergens | None:
    """What is declared: ``none`` where there is none of them."""
    said = [tuple(code for code in codes(cells, column) if code not in _NONE) for column in ("contains", "may_contain")]
    return Allergens(*said) if cells.text("contains") or cells.text("may_contain") else None


def conservation(cells: Cells) -> Conservation | None:
    """How it is kept, and for how many days."""
    storage = cast("Storage | None", one_of(cells, "storage", get_args(Storage)))
    days, note = cells.number("shelf_life_days"), cells.text("conservation", longest=500)
    if days is not None and (days != int(days) or not 1 <= days <= 3650):
        raise Invalid("not_days", "A whole number of days from 1 to 3650", field="shelf_life_days")
    if storage is None and days is None and not note:
        return None
    return Conservation(storage, None if days is None else int(days), note)


def place(cells: Cells) -> Place | None:
    """Where it is offered, by its name and on the map."""
    name = cells.text("place")
    lat, lon = _degrees(cells, "latitude", 90), _degrees(cells, "longitude", 180)
    if (lat is None) != (lon is None):
        raise Invalid(
            "half_a_place", "Latitude and longitude, or neither", field="longitude" if lon is None else "latitude"
        )
    if not name:
        if lat is not None:
            raise Invalid("missing", "Must not be empty", field="place")
        return None
    return Place(name, None if lat is None or lon is None else Location(lat=lat, lon=lon))


def _degrees(cells: Cells, column: str, most: int) -> float | None:
    text = cells.text(column).replace(",", ".")
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", text) or abs(float(text)) > most:
        raise Invalid("not_degrees", "Degrees from -{most} to {most}, such as 20.5888", field=column, most=most)
    return float(text)


def net_content(cells: Cells) -> NetContent | None:
    """What one pack holds."""
    quantity = _size(cells, "net_content")
    if quantity is None:
        return None
    known: tuple[str, ...] = get_args(ContentUnit)
    word = cells.text("net_unit", required=True)
    unit = _CONTENT_UNITS.get(fold(word), word.upper())
    if unit not in known:
        raise Invalid("unknown_unit", "One of {units}", field="net_unit", units=", ".join(known))
    return NetContent(quantity, cast("ContentUnit", unit))


def tax_rate(cells: Cells) -> Decimal | None:
    """Per cent."""
    rate = cells.number("tax_rate")
    if rate is not None and (not 0 <= rate <= 100 or rate != rate.quantize(FINEST)):
        raise Invalid("not_a_percentage", "A percentage from 0 to 100", field="tax_rate")
    return rate


def deposit(cells: Cells, currency: str) -> Deposit | None:
    """What is charged for the container, and what that is called."""
    amount = cells.number("deposit")
    if amount is None:
        return None
    return Deposit(cells.text("deposit_name", longest=80, required=True), price(amount, currency, "deposit"))


def piece_weight(cells: Cells) -> PieceWeight | None:
    """What a piece weighs at least and at most, in kilos."""
    least, most = _size(cells, "piece_min"), _size(cells, "piece_max")
    if least is None and most is None:
        return None
    if least is None or most is None:
        raise Invalid("missing", "Must not be empty", field="piece_min" if least is None else "piece_max")
    return PieceWeight(least, most)


def season(cells: Cells) -> tuple[Window, ...] | None:
    """Windows of days, such as ``06-15..09-30``."""
    text = cells.text("season", longest=400)
    if not text:
        return None
    parts = [part.split("..") for part in re.split(r"[|;,\s]+", text) if part]
    if any(len(part) != 2 for part in parts):
        raise Invalid("not_a_season", "Write it as 06-15..09-30", field="season")
    return tuple(Window(start, end) for start, end in parts)


def one_of(cells: Cells, column: str, known: tuple[str, ...]) -> str | None:
    """The word in a cell. Raises Invalid for one that is not known."""
    text = cells.text(column).lower()
    if text and text not in known:
        raise Invalid("unknown_word", "One of {words}", field=column, words=", ".join(known))
    return text or None


def _size(cells: Cells, column: str) -> Decimal | None:
    value = cells.number(column)
    if value is not None and (not 0 < value < LARGEST_QUANTITY or value != value.quantize(FINEST)):
        raise Invalid("size_out_of_range", "More than zero, at most three decimals", field=column)
    return value
