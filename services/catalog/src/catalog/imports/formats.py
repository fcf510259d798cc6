"""The formats that are taken, each with what is particular to it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from catalog.imports import foodsoft, ofn, trama
from catalog.imports.particulars import languages
from catalog.imports.rows import Refusal, Row
from catalog.producers.rules import fold
from kit.sheets import Table

Name = Literal["trama", "ofn", "foodsoft"]


@dataclass(frozen=True)
class Format:
    """How a format is read."""

    read: Callable[[Table, str], Iterator[Row | Refusal]]
    #: What it is written in where it is not Unicode.
    encoding: str
    #: Its words for our fields, where they are others.
    words: Mapping[str, str]
    #: The columns that are read, None where they go by their place.
    columns: tuple[str, ...] | None
    #: Columns that are read besides, as the file has them.
    more: Callable[[Table], Iterable[str]] = lambda _table: ()
    #: The columns by their place, where they go by it or are called otherwise in the file.
    places: Callable[[Table], tuple[str, ...]] | None = None

    def place(self, table: Table, column: str | None) -> int | None:
        """Where the file has a column, from 0; None if it has none that is called that."""
        names = self._names(table)
        return names.index(column) if column in names else None

    def _names(self, table: Table) -> list[str]:
        return [_bare(name) for name in table.header] if self.places is None else list(self.places(table))

    def ignored(self, table: Table) -> list[str]:
        """The file's columns that are left aside."""
        if self.columns is None:
            return []
        read = {*self.columns, *self.more(table)}
        known = zip(table.header, self._names(table), strict=False)
        return [header for header, name in known if header and name not in read]


def _bare(name: str) -> str:
    return fold(name).replace(" ", "_")


FORMATS: Mapping[Name, Format] = {
    "trama": Format(
        trama.read, trama.ENCODING, {"name": "variant", "name_of_product": "product"}, trama.COLUMNS, languages
    ),
    "ofn": Format(
        ofn.read, ofn.ENCODING, {"name": "display_name", "name_of_product": "name"}, ofn.COLUMNS, places=ofn.columns
    ),
    "foodsoft": Format(
        foodsoft.read,
        foodsoft.ENCODING,
        {"name": "unit", "name_of_product": "name", "case_size": "unit_quantity", "step": "granularity"},
        None,
        places=foodsoft.columns,
    ),
}
