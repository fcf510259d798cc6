"""What a standard may ask, and how. The features that IFOAM names of a participatory guarantee (How to develop and
manage PGS, 2019; PGS Guidelines: a vision shared by its people, norms of their own, a pledge, peer visits, clear
consequences agreed on beforehand) are fields here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from catalog.guarantee.rules.certificates import Backing
from kit.errors import Conflict, Invalid

Severity = Literal["minor", "major", "critical"]
SEVERITIES: tuple[Severity, ...] = ("minor", "major", "critical")
#: Languages that a network's texts may be in: Spanish, English, Kichwa, Hñähñu.
LANGUAGES = ("es", "en", "qu", "otq")
#: Days to mend something, unless a standard says otherwise.
CORRECTION_DAYS: Mapping[Severity, int] = {"minor": 180, "major": 90, "critical": 30}

type Localised = Mapping[str, str]


@dataclass(frozen=True)
class Item:
    """A question that peers answer on the spot, and how grave it is if the answer is no."""

    code: str
    question: Localised
    severity: Severity


@dataclass(frozen=True)
class Content:
    """What a version of a standard asks."""

    text: Localised
    pledge: Localised
    checklist: tuple[Item, ...]
    practices: tuple[str, ...]
    #: What a certificate in conversion stands for in place of the practices.
    conversion_practice: str | None
    #: Whether the practices may be shown by holders of a certificate alone.
    required: bool
    #: Years without what is prohibited before land can be certified: stages T0, T1, T2.
    conversion_years: int
    validity_months: int
    #: A visit older than this carries no decision.
    visit_months: int
    committee_size: int
    correction_days: Mapping[Severity, int]
    valid_from: date

    @property
    def backing(self) -> Backing:
        return Backing(self.practices, self.conversion_practice, self.required)


@dataclass(frozen=True)
class Version:
    id: UUID
    standard_id: UUID
    standard: str
    name: Localised
    number: int
    content: Content
    edition: int
    published: bool


def check(content: Content, language: str, known: Collection[str]) -> None:
    """Raises Invalid, with its JSON pointer, for what a version can't ask. ``language`` is the network's."""
    check_localised(content.text, language, "/text")
    check_localised(content.pledge, language, "/pledge")
    seen: set[str] = set()
    for place, item in enumerate(content.checklist):
        check_localised(item.question, language, f"/checklist/{place}/question")
        if item.code in seen:
            raise Invalid("repeated", "Named twice", field=f"/checklist/{place}/code")
        seen.add(item.code)
    _check_practices(content, known)
    days = [content.correction_days[severity] for severity in SEVERITIES]
    if days != sorted(days, reverse=True):
        raise Invalid(
            "correction_days", "What is graver is not given more time than what is less", field="/correction_days"
        )


def _check_practices(content: Content, known: Collection[str]) -> None:
    named = [(f"/practices/{place}", word) for place, word in enumerate(content.practices)]
    if content.conversion_practice is not None:
        named.append(("/conversion_practice", content.conversion_practice))
        if content.conversion_years == 0:
            raise Invalid(
                "no_conversion", "Only where there are years of conversion; leave it out", field="/conversion_practice"
            )
    seen: set[str] = set()
    for at, word in named:
        if word not in known:
            raise Invalid(
                "unknown_practice", "No such practice; one of {practices}", field=at, practices=", ".join(sorted(known))
            )
        if word in seen:
            raise Invalid("repeated", "Named twice", field=at)
        seen.add(word)


def check_localised(texts: Localised, language: str, at: str) -> None:
    """Raises Invalid for a language that is not known, or without a text in the network's own."""
    for code, text in texts.items():
        if code not in LANGUAGES:
            raise Invalid(
                "unknown_language",
                "Languages are {languages}",
                field=f"{at}/{code[:20]}",
                languages=", ".join(LANGUAGES),
            )
        if not text.strip():
            raise Invalid("text_empty", "Must not be empty", field=f"{at}/{code}")
    if language not in texts:
        raise Invalid("text_missing", "Needed in the network's language, {language}", field=at, language=language)


def check_draft(version: Version) -> None:
    """Raises Conflict for a version that people have pledged to, or may any moment."""
    if version.published:
        raise Conflict("version_published", "A published version never changes; draft another")


def check_publishing(version: Version, today: date, last_from: date | None) -> None:
    """Raises Conflict for a version that would hold in the past, or before one that was published earlier."""
    check_draft(version)
    if version.content.valid_from < today:
        raise Conflict(
            "valid_from_past",
            "It would hold from {day}, which has passed; give it a date from today on",
            field="/valid_from",
            day=version.content.valid_from,
        )
    if last_from is not None and version.content.valid_from <= last_from:
        raise Conflict(
            "valid_from_order",
            "It must hold from later than {day}, when the version before it does",
            field="/valid_from",
            day=last_from,
        )


def in_language(texts: Localised, wanted: str, own: str) -> str:
    """The text in the language wanted, else in the network's own, else in any."""
    return texts.get(wanted) or texts.get(own) or next(iter(texts.values()), "")


def wanting(items: Iterable[Item], answered: Collection[str]) -> list[str]:
    """The items without an answer."""
    return [item.code for item in items if item.code not in answered]
