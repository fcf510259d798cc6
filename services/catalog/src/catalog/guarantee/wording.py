"""Certificates in the words of those who read them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from catalog.guarantee.rules.certificates import Certificate, Fact, Outcome, Standing, Status, words
from catalog.guarantee.rules.standards import in_language
from catalog.products.vocabulary import PRACTICES
from catalog.settings import Settings

type Say = Callable[..., str]

#: What a certificate is, at a glance.
HEADLINES: Mapping[Status, str] = {
    "certified": "Valid",
    "conditional": "Valid, with conditions",
    "in_conversion": "In conversion",
    "suspended": "Not valid: suspended",
    "lapsed": "Not valid: lapsed",
    "refused": "Not valid: refused",
    "ended": "Not valid: ended",
}
OUTCOMES: Mapping[Outcome, str] = {
    "certified": "Certified until {until}",
    "conditional": "Certified with conditions until {until}",
    "in_conversion": "In conversion (T{stage}) until {until}",
    "refused": "Refused",
}
SUSPENSIONS: Mapping[str, str] = {
    "committee": "Suspended by the committee",
    "nonconformity": "Suspended: something was not mended in time",
    # Why a membership is suspended, or that it is, is between it and its member.
    "member": "Suspended",
}


@dataclass(frozen=True)
class Shown:
    """A certificate on a day, in a language: what its page and its paper say."""

    code: str
    language: str
    network: str
    member: str
    standard: str
    status: Status
    valid: bool
    headline: str
    explained: str
    practices: tuple[str, ...]
    products: tuple[str, ...]
    issued: str
    until: str
    history: tuple[tuple[str, str], ...]
    today: str
    address: str


def day(when: date | None, language: str) -> str:
    return "—" if when is None else format_date(when, format="long", locale=language)


def shown(
    certificate: Certificate,
    facts: Sequence[Fact],
    now: Standing,
    *,
    settings: Settings,
    say: Say,
    language: str,
    today: date,
    address: str,
) -> Shown:
    names = [PRACTICES[word] for word in words(certificate.backing, now.status) if word in PRACTICES]
    return Shown(
        code=certificate.code,
        language=language,
        network=settings.name or settings.network,
        member=certificate.member_name or "—",
        standard=in_language(certificate.standard_name, language, settings.language),
        status=now.status,
        valid=now.valid,
        headline=_headline(now, say),
        explained=_explained(now, say, day(now.until, language)),
        practices=tuple(term.es if language == "es" else term.en for term in names),
        products=certificate.products,
        issued=day(certificate.issued_on, language),
        until=day(now.until, language),
        history=tuple((day(fact.on, language), _happened(fact, say, language)) for fact in reversed(facts)),
        today=day(today, language),
        address=address,
    )


def dates(shown: Shown, say: Say) -> list[tuple[str, str]]:
    """Since when, and until when if that still means something."""
    rows = [(say("First issued"), shown.issued)]
    if shown.valid:
        rows.insert(0, (say("Valid until"), shown.until))
    elif shown.status == "lapsed":
        rows.insert(0, (say("Was valid until"), shown.until))
    return rows


def stands_for(shown: Shown, say: Say) -> str:
    return say("Stands for") if shown.valid else say("Stood for")


def _headline(now: Standing, say: Say) -> str:
    headline = say(HEADLINES[now.status])
    return f"{headline} (T{now.stage})" if now.stage is not None else headline


def _explained(now: Standing, say: Say, until: str) -> str:
    if now.status == "certified":
        return say("At least three other producers have visited, and the committee has certified it.")
    if now.status == "conditional":
        return say("It is certified; what was found on the visit is being mended by an agreed date.")
    if now.status == "in_conversion":
        return say("The land is on its way: it is worked as the standard asks, and not yet for long enough.")
    if now.status == "lapsed":
        return say("It was valid until {until} and has not been renewed.", {"until": until})
    if now.status == "suspended":
        return say("It does not hold until what it is suspended for has ended.")
    return say("It does not hold.")


def _happened(fact: Fact, say: Say, language: str) -> str:
    if fact.kind == "decided" and fact.outcome is not None:
        known = {"until": day(fact.valid_until, language), "stage": fact.stage}
        return say(OUTCOMES[fact.outcome], known if fact.outcome != "refused" else None)
    if fact.kind == "suspended":
        return say(SUSPENSIONS[fact.cause])
    return say("Reinstated") if fact.kind == "reinstated" else say("Ended")
