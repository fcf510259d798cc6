"""The spreadsheets that can be asked for, each with what is particular to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from catalog.exports import foodsoft, ofn, trama
from catalog.exports.listed import Listed
from catalog.products.rules import Status
from kit.sheets import Cell

Name = Literal["trama", "ofn", "foodsoft"]
#: Our own list is the producer's whole list; the others are what is offered, to be offered elsewhere.
STATUSES: dict[Name, tuple[Status, ...]] = {
    "trama": ("draft", "published", "paused"),
    "ofn": ("published",),
    "foodsoft": ("published",),
}


@dataclass(frozen=True)
class Words:
    """What a foreign list needs to know of the one who asks: their language, and Open Food Network's shipping category."""

    language: str
    shipping_category: str


@dataclass(frozen=True)
class Sheet:
    """A table, with how it is written as CSV."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    separator: str = ","
    #: For people's spreadsheet programs; Open Food Network and Foodsoft would take it for a part of the first name.
    byte_order_mark: bool = False


def sheet(name: Name, listed: Sequence[Listed], words: Words) -> Sheet:
    """The list in that format."""
    match name:
        case "trama":
            return Sheet(trama.header(listed), list(trama.rows(listed)), byte_order_mark=True)
        case "ofn":
            return Sheet(ofn.HEADER, list(ofn.rows(listed, words.language, words.shipping_category)))
        case "foodsoft":
            return Sheet(foodsoft.HEADER, list(foodsoft.rows(listed, words.language)), separator=";")
