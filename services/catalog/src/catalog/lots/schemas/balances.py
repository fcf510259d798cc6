"""A mass balance as JSON and as a table."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from catalog.lots.repository.balances import Asked
from catalog.lots.rules.balance import Balance, Chain, Line
from catalog.lots.rules.kinds import LotUnit
from catalog.lots.schemas.shown import Text, weight
from contracts.values import plain
from kit.sheets.writing import write_csv

Amounts = Annotated[
    dict[str, str],
    Field(
        description="By what happened; losses with their cause", examples=[{"harvested": "120", "lost:spoiled": "2"}]
    ),
]


class BalanceLine(BaseModel):
    """One thing: opening and what came in is what went out and closing."""

    product_id: UUID | None
    name: str
    unit: LotUnit
    opening: Text
    came_in: Amounts
    went_out: Amounts
    closing: Text
    difference: Annotated[Text, Field(description="Nothing, or the books do not agree", examples=["0"])]


class ChainOut(BaseModel):
    """All that can be weighed, in kilos: what came into the chain is what left it, was lost in making, or is there."""

    opening: Text
    came_in: Amounts
    went_out: Amounts
    losses: Annotated[Amounts, Field(description="What transformations lost: evaporation above all")]
    unweighed: Annotated[Text, Field(description="Went into things that can't be weighed, or were not asked for")]
    closing: Text
    difference: Annotated[Text, Field(examples=["0"])]
    not_weighed: Annotated[list[str], Field(description="Things that nobody said the weight of: not in these kilos")]


class MassBalance(BaseModel):
    """What came in and what became of it, from the first day to the last, both in it."""

    since: date
    until: date
    place: str | None
    items: list[BalanceLine]
    chain: ChainOut


def balance_out(asked: Asked, found: Balance) -> MassBalance:
    return MassBalance(
        since=asked.since,
        until=asked.until,
        place=asked.place,
        items=[_line(line) for line in found.lines],
        chain=_chain(found.chain, found.not_weighed),
    )


def _line(line: Line) -> BalanceLine:
    product_id, name, unit, _ = line.key
    return BalanceLine(
        product_id=product_id,
        name=name,
        unit=unit,
        opening=plain(line.opening),
        came_in={kind: plain(quantity) for kind, quantity in line.came_in.items()},
        went_out={kind: plain(quantity) for kind, quantity in line.went_out.items()},
        closing=plain(line.closing),
        difference=plain(line.difference),
    )


def _chain(chain: Chain, not_weighed: tuple[str, ...]) -> ChainOut:
    return ChainOut(
        opening=weight(chain.opening),
        came_in={kind: weight(kg) for kind, kg in chain.came_in.items()},
        went_out={kind: weight(kg) for kind, kg in chain.went_out.items()},
        losses={kind: weight(kg) for kind, kg in chain.losses.items()},
        unweighed=weight(chain.unweighed),
        closing=weight(chain.closing),
        difference=weight(chain.difference),
        not_weighed=list(not_weighed),
    )


#: Shown to people in their language.
COLUMNS = ("Product", "Unit", "Direction", "What happened", "Quantity")
WORDS = {
    "harvested": "Harvested",
    "produced": "Produced",
    "received": "Received",
    "split": "Split",
    "merged": "Put together",
    "transformed": "Transformed",
    "composted": "Composted",
    "delivered": "Delivered",
    "packed": "Packed for orders",
    "lost": "Lost",
    "returned": "Returned",
    "corrected": "Corrected by a count",
    "spoiled": "spoiled",
    "spilled": "spilled",
    "broken": "broken",
    "pests": "pests",
    "stolen": "stolen",
    "sampled": "sampled",
    "fed": "fed to animals",
    "given_away": "given away",
    "sold_elsewhere": "sold elsewhere",
    "other": "other causes",
}

type Say = Callable[[str], str]


def balance_csv(found: Balance, say: Say) -> bytes:
    """A row for each amount: opening, what came in, what went out, closing, difference."""
    return write_csv([say(column) for column in COLUMNS], _rows(found, say))


def _rows(found: Balance, say: Say) -> Iterator[list[str]]:
    for line in found.lines:
        _, name, unit, _ = line.key
        yield [name, unit, "", say("Opening"), plain(line.opening)]
        for kind, quantity in line.came_in.items():
            yield [name, unit, say("In"), _named(kind, say), plain(quantity)]
        for kind, quantity in line.went_out.items():
            yield [name, unit, say("Out"), _named(kind, say), plain(quantity)]
        yield [name, unit, "", say("Closing"), plain(line.closing)]
        yield [name, unit, "", say("Difference"), plain(line.difference)]


def _named(kind: str, say: Say) -> str:
    what, _, cause = kind.partition(":")
    return f"{say(WORDS[what])}: {say(WORDS[cause])}" if cause else say(WORDS[what])
