"""What a want is, and what may become of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from catalog.products.vocabulary import CATEGORIES, PRACTICES
from catalog.wants.rules.matching import Looked
from catalog.wants.rules.words import MOST_WORDS, telling
from contracts.catalog import ProductKind, Unit
from contracts.values import Location, Money
from kit.errors import Conflict, Invalid

Status = Literal["open", "met", "withdrawn", "expired"]
Audience = Literal["members", "public"]

#: A want without a date is looked for that long; one with a date at most that far ahead.
LASTS = timedelta(days=180)
FURTHEST = timedelta(days=730)
#: Open wants that a member may have.
MOST_OPEN = 50


@dataclass(frozen=True)
class Wish:
    """What somebody says that they look for."""

    text: str
    note: str
    kind: ProductKind | None
    category: str | None
    practices: tuple[str, ...]
    quantity: Decimal | None
    unit: Unit | None
    needed_by: date | None
    place: str
    location: Location | None
    radius_km: int | None
    max_price: Money | None
    audience: Audience

    @property
    def words(self) -> tuple[str, ...]:
        return telling([self.text])


@dataclass(frozen=True)
class Want:
    """A want as it stands."""

    id: UUID
    member_id: UUID
    wish: Wish
    status: Status
    expires_on: date
    version: int
    created_at: datetime
    changed_at: datetime
    ended_at: datetime | None = None
    #: The product that it was met by, if it was one of the catalogue's.
    met_by: UUID | None = None

    @property
    def looked(self) -> Looked:
        wish = self.wish
        return Looked(
            self.id,
            self.member_id,
            wish.kind,
            wish.words,
            wish.category,
            wish.practices,
            wish.unit,
            None if wish.max_price is None else wish.max_price.amount,
            wish.location,
            wish.radius_km,
        )


def check(wish: Wish, currency: str, today: date) -> None:
    """Raises Invalid, with the field, for what nobody could look for."""
    for error in (*_faults_of_words(wish), *_faults_of_terms(wish, currency), *_faults_of_time(wish, today)):
        raise error


def _faults_of_words(wish: Wish) -> Iterator[Invalid]:
    if not wish.words and wish.category is None:
        yield Invalid("nothing_wanted", "Say in words what is wanted, or give a category", field="/text")
    if len(wish.words) > MOST_WORDS:
        yield Invalid(
            "too_many_words", "At most {most} words; the rest goes into the note", field="/text", most=MOST_WORDS
        )
    if wish.category is not None and wish.category not in CATEGORIES:
        yield Invalid("unknown_category", "No such category; GET /v1/categories lists them", field="/category")
    for place, code in enumerate(wish.practices):
        if code not in PRACTICES:
            known = ", ".join(sorted(PRACTICES))
            yield Invalid(
                "unknown_practice", "No such practice; one of {practices}", field=f"/practices/{place}", practices=known
            )
        elif code in wish.practices[:place]:
            yield Invalid("repeated", "Named twice", field=f"/practices/{place}")


def _faults_of_terms(wish: Wish, currency: str) -> Iterator[Invalid]:
    if wish.quantity is not None and wish.unit is None:
        yield Invalid("unit_missing", "Say in which unit", field="/unit")
    if wish.max_price is not None and wish.max_price.currency != currency:
        yield Invalid("wrong_currency", "Prices are in {currency} here", field="/max_price/currency", currency=currency)
    elif wish.max_price is not None and wish.max_price.amount <= 0:
        yield Invalid("price_not_positive", "A price must be more than zero", field="/max_price/amount")
    if wish.radius_km is not None and wish.location is None:
        yield Invalid("place_missing", "Say where, for a distance to count from", field="/place/location")


def _faults_of_time(wish: Wish, today: date) -> Iterator[Invalid]:
    if wish.needed_by is not None and wish.needed_by < today:
        yield Invalid("already_past", "Must be in the future", field="/needed_by")
    elif wish.needed_by is not None and wish.needed_by - today > FURTHEST:
        yield Invalid("too_far_ahead", "At most two years ahead", field="/needed_by")


def expires_on(wish: Wish, today: date) -> date:
    """The last day on which it is looked for."""
    return wish.needed_by or today + LASTS


def changed(want: Want, wish: Wish, now: datetime, today: date) -> Want:
    """The want as it is now said; the same if that changes nothing. Raises Conflict if it is not open."""
    check_open(want)
    if wish == want.wish:
        return want
    last = expires_on(wish, today) if wish.needed_by != want.wish.needed_by else want.expires_on
    return replace(want, wish=wish, expires_on=last, version=want.version + 1, changed_at=now)


def ended(want: Want, status: Status, now: datetime, met_by: UUID | None = None) -> Want:
    """The want that is looked for no more. Raises Conflict if it is not open."""
    check_open(want)
    return replace(want, status=status, version=want.version + 1, changed_at=now, ended_at=now, met_by=met_by)


def check_open(want: Want) -> None:
    if want.status != "open":
        raise Conflict("want_ended", "This want is not open any more")
