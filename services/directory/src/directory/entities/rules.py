"""What a profile is, what may become of it, and what it is found by."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from directory.wording import countries
from directory.wording.rules import latin
from kit.errors import Forbidden, Invalid
from kit.spelling import fold, words

Status = Literal["draft", "published", "withdrawn"]
Degree = Literal["yes", "no", "limited", "only"]

#: Metres; the mean radius of the earth (IUGG).
EARTH = 6_371_008.8

NAME = 200
DESCRIPTION = 10_000
LINE = 200
WEBSITE = 500
IMAGE = 1_000
HOURS = 300
ENTRIES = 40
KEYWORD = 80

#: Standings in which a member may show itself. A member that is not known here yet is one that was just admitted.
MAY_SHOW = frozenset({"active", "in_arrears"})
#: Standings that end a membership, and with it the entries of the member.
ENDED = frozenset({"left", "excluded"})

_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}")
#: Words of a text that are worth finding it by; what comes later in a long text says the same again.
_INDEXED_WORDS = 2_000


@dataclass(frozen=True)
class Profile:
    """What an entity says of itself: plain text, places in WGS 84 degrees, lists without doubles."""

    name: str
    description: str = ""
    #: The description in other languages, by ISO 639 code.
    translations: Mapping[str, str] = field(default_factory=dict)
    country: str | None = None
    city: str | None = None
    postcode: str | None = None
    street: str | None = None
    house_number: str | None = None
    website: str | None = None
    image: str | None = None
    opening_hours: str | None = None
    activities: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    qualifiers: Mapping[str, Degree] = field(default_factory=dict)
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True)
class Index:
    """What a profile is found by."""

    #: A tsvector: A is the name, B what it does and in which town, C the street and country, D the texts.
    document: str
    #: Of it, what is A or B.
    head: str
    #: The folded name, for lists in the order of names.
    name_key: str
    name_words: int
    words: frozenset[str]


def index_of(profile: Profile) -> Index:
    """The words of a profile, each with the weight of where it stands."""
    country = countries.BY_CODE.get(profile.country or "")
    name = words(profile.name)
    parts = {
        "A": name,
        "B": _all_words([*profile.activities, *profile.keywords, *profile.offers, profile.city or ""]),
        "C": _all_words([profile.street or "", profile.postcode or "", *(country.names if country else ())]),
        "D": _all_words([profile.description, *profile.translations.values()])[:_INDEXED_WORDS],
    }
    weights: dict[str, str] = {}
    for number, (weight, found) in enumerate(parts.items(), 1):
        typed = [latin(word) for word in found] if weight in "AB" else []
        for word in dict.fromkeys([*found, *typed]):
            weights[word] = f"{weights[word]},{number}{weight}" if word in weights else f"{number}{weight}"
    lexemes = {word: f"'{word}':{places}" for word, places in weights.items()}
    return Index(
        document=" ".join(lexemes.values()),
        head=" ".join(lexemes[word] for word, places in weights.items() if "A" in places or "B" in places),
        name_key=" ".join(name)[:NAME] or fold(profile.name)[:NAME],
        name_words=len(name),
        words=frozenset(weights),
    )


def _all_words(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in words(text)]


def website(text: str) -> str | None:
    """A web address that a browser may follow, or None. Without a scheme it gets ``http://``."""
    text = text if "://" in text else f"http://{text}"
    if len(text) > WEBSITE or any(letter.isspace() or letter in "<>\"'`\\" for letter in text):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    plain = parts.username is None and port in (None, 80, 443)
    return text if parts.scheme.lower() in ("http", "https") and plain and _HOST.fullmatch(host) else None


def owner(wanted: UUID | None, own: frozenset[UUID], *, steward: bool) -> UUID | None:
    """The member that a new entity belongs to: the wanted one, else the actor's only one, else none (for stewards).

    Raises Forbidden for somebody else's member, Invalid where it can't be told which is meant.
    """
    if steward or wanted in own:
        return wanted
    if wanted is not None:
        raise Forbidden("not_your_member", "You can enter only members that you act for")
    if len(own) != 1:
        raise Invalid("owner_missing", "Say which of your members it belongs to", field="/owner_id")
    return next(iter(own))


def check_place(profile: Profile) -> None:
    """Raises Invalid if the point lies outside of the profile's country, and inside with its coordinates swapped."""
    if profile.country is None or profile.lat is None or profile.lon is None:
        return
    country = countries.BY_CODE[profile.country]
    if not country.holds(profile.lat, profile.lon) and country.holds(profile.lon, profile.lat):
        raise Invalid("coordinates_swapped", "Latitude and longitude are swapped for this country", field="/location")


def check_standing(standing: str | None) -> None:
    """Raises Forbidden where the membership does not allow to be shown. None is a member not known here yet."""
    if standing is not None and standing not in MAY_SHOW:
        raise Forbidden("member_not_active", "Only active members are shown in the directory")


def publishing_changes(status: Status) -> bool:
    """Whether publishing makes a difference: a draft and what was withdrawn can be published."""
    return status != "published"


def withdrawing_changes(status: Status) -> bool:
    """Whether withdrawing makes a difference."""
    return status != "withdrawn"
