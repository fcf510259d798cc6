"""What is said of a product beside its name and price: values, and what they may be."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from catalog.producers.rules import Place
from catalog.products.vocabulary import ALLERGENS
from contracts.catalog import ContentUnit, Storage
from contracts.values import Money
from kit.errors import Invalid

MOST_LANGUAGES = 10
MOST_PICTURES = 8
#: A language with its script and region, as BCP 47 (RFC 5646) writes them: ``en``, ``es-MX``, ``zh-Hant``, ``otq``.
_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


@dataclass(frozen=True)
class Wording:
    """A product's name and description in another language than the network's own."""

    name: str
    description: str = ""


@dataclass(frozen=True)
class Picture:
    """A photo of the room of photos, with what it shows."""

    id: UUID
    caption: str = ""


@dataclass(frozen=True)
class Allergens:
    """What the owner declares: none of the fourteen beside these is in it."""

    contains: tuple[str, ...]
    may_contain: tuple[str, ...]


@dataclass(frozen=True)
class Conservation:
    """How it is kept, and for how long."""

    storage: Storage | None = None
    shelf_life_days: int | None = None
    note: str = ""


@dataclass(frozen=True)
class NetContent:
    """What is in one pack: 500 g in a jar that is sold by the piece."""

    quantity: Decimal
    unit: ContentUnit


@dataclass(frozen=True)
class Deposit:
    """What is given back with the returned container, for each piece sold."""

    name: str
    price: Money


@dataclass(frozen=True)
class PieceWeight:
    """What one piece weighs at least and at most, in kilos, where it is ordered by the piece and billed by weight."""

    min: Decimal
    max: Decimal


@dataclass(frozen=True)
class Session:
    """The dated occasion that a variant is a place in."""

    starts_at: datetime
    ends_at: datetime
    place: Place | None = None


def is_tag(text: str) -> bool:
    """Whether a text is a language tag as we write them."""
    return _TAG.fullmatch(text) is not None


def translation_faults(translations: Mapping[str, Wording], language: str) -> Iterator[Invalid]:
    """What is wrong with translations, given the network's own language."""
    if len(translations) > MOST_LANGUAGES:
        yield Invalid("too_many", "At most {most}", field="/translations", most=MOST_LANGUAGES)
    for tag in translations:
        if not is_tag(tag):
            yield Invalid("unknown_language", "Write a language as en, es-EC or otq", field=f"/translations/{tag}")
        elif tag == language:
            yield Invalid(
                "own_language", "The network's own language is in name and description", field=f"/translations/{tag}"
            )


def picture_faults(pictures: Sequence[Picture]) -> Iterator[Invalid]:
    """What is wrong with a list of photos; whether they are there is for the room of photos to say."""
    if len(pictures) > MOST_PICTURES:
        yield Invalid("too_many", "At most {most}", field="/photos", most=MOST_PICTURES)
    ids = [picture.id for picture in pictures]
    for place, id_ in enumerate(ids):
        if id_ in ids[:place]:
            yield Invalid("repeated", "Named twice", field=f"/photos/{place}/id")


def allergen_faults(allergens: Allergens | None) -> Iterator[Invalid]:
    """What is wrong with a declaration of allergens."""
    if allergens is None:
        return
    seen: set[str] = set()
    for name, codes in (("contains", allergens.contains), ("may_contain", allergens.may_contain)):
        for place, code in enumerate(codes):
            field = f"/allergens/{name}/{place}"
            if code not in ALLERGENS:
                yield Invalid(
                    "unknown_allergen",
                    "No such allergen; one of {allergens}",
                    field=field,
                    allergens=", ".join(ALLERGENS),
                )
            elif code in seen:
                yield Invalid("repeated", "Named twice", field=field)
            seen.add(code)
