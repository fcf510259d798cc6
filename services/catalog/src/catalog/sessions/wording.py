"""How sessions are called, and what their letters say."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime

from kit.language import Words
from kit.settings import Settings

LONGEST_NAME = 120


def name(template: str, starts_at: datetime, zone: ZoneInfo, settings: Settings) -> str:
    """What a session's variant is called: ``Hora de cuidado · mar 24 nov 2026, 15:00``."""
    try:
        locale = Locale.parse(settings.locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse("es")
    when = format_datetime(starts_at, "EEE d MMM y, HH:mm", tzinfo=zone, locale=locale)
    return f"{template[: LONGEST_NAME - len(when) - 3]} · {when}"


def clock(at: datetime, zone: ZoneInfo) -> str:
    """An instant as every language reads it: ``2026-11-24 15:00``."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def given(product: str, when: str, seats: int) -> tuple[Words, Words]:
    """A place has become free for one who waited."""
    return (
        Words("You have a place: {product}", {"product": product}),
        Words(
            "A place has become free, and it is yours: {product}, {when}, places: {seats}. If you can't come, cancel"
            " in time, so that the next in the list can.",
            {"product": product, "when": when, "seats": seats},
        ),
    )


def cancelled(product: str, when: str, reason: str) -> tuple[Words, Words]:
    """A session does not take place."""
    return (
        Words("Cancelled: {product}, {when}", {"product": product, "when": when}),
        Words(
            "{product} on {when} does not take place. {reason}",
            {"product": product, "when": when, "reason": reason},
        ),
    )


def moved(product: str, before: str, after: str, place: str) -> tuple[Words, Words]:
    """A session takes place at another time or elsewhere."""
    return (
        Words("Changed: {product}, {when}", {"product": product, "when": before}),
        Words(
            "{product}, planned for {before}, now takes place on {after}. Where: {place}. If that does not suit you,"
            " you can cancel until it begins.",
            {"product": product, "before": before, "after": after, "place": place or "—"},
        ),
    )


def struck(product: str, when: str, reason: str) -> tuple[Words, Words]:
    """Who holds a session has taken a booking off."""
    return (
        Words("Your booking was cancelled: {product}, {when}", {"product": product, "when": when}),
        Words(
            "Your booking of {product} on {when} was cancelled by who holds it. {reason}",
            {"product": product, "when": when, "reason": reason},
        ),
    )
