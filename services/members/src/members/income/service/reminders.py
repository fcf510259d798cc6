"""Letters to the treasurers about what must be spent, justified or fulfilled soon; each once."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency
from sqlalchemy import Row

from contracts.values import Money
from kit import mail
from kit.database import Work
from kit.language import LANGUAGES, Texts
from members.identity import service as identity
from members.identity.service import Profile
from members.income import rules
from members.income.repository import subsidies as repository
from members.income.rules import Due
from members.settings import Settings

#: Nobody has as many treasurers.
_TREASURERS = 50
_LETTERS = UUID("0d0f4f6e-4c1b-4f39-9d3a-0b4a7f1f6a02")


async def write(work: Work, settings: Settings, texts: Texts) -> int:
    """Writes the letters that are due, and says how many deadlines they are about. While the network has no treasurer
    with an address nothing is counted as written."""
    found = await identity.page(work.connection, role="treasurer", words=None, after=None, limit=_TREASURERS)
    treasurers = [user for user in found if user.email]
    if not treasurers:
        return 0
    until = work.today + timedelta(days=max(rules.REMINDED_BEFORE))
    rows = {(row.thing_id, row.deadline): row for row in await repository.deadlines(work.connection, work.today, until)}
    written = 0
    for due in rules.due(work.today, [(row.thing_id, row.deadline, row.due_on) for row in rows.values()]):
        if await repository.note_reminder(work.connection, due, work.now):
            for treasurer in treasurers:
                row = rows[due.thing_id, due.deadline]
                await _post(work, settings, texts, treasurer, due=due, row=row)
            written += 1
    return written


async def _post(
    work: Work, settings: Settings, texts: Texts, treasurer: Profile, *, due: Due, row: Row[tuple[Any, ...]]
) -> None:
    wanted = treasurer.language or settings.language
    language = wanted if wanted in LANGUAGES else LANGUAGES[0]
    locale = _locale(language, settings.country)
    said = {
        "subsidy": " · ".join(part for part in (row.grantor, row.programme) if part),
        "day": format_date(due.due_on, "long", locale=locale),
        "left": format_currency(Money.of_minor(row.left, row.currency).amount, row.currency, locale=locale),
        "condition": row.text,
    }
    if due.deadline == "spend_by":
        text = texts.say(language, "{left} of the subsidy {subsidy} can be spent until {day}, and not after.", said)
    elif due.deadline == "justify_by":
        text = texts.say(language, "The spending of the subsidy {subsidy} must be justified by {day}.", said)
    else:
        text = texts.say(language, "By {day} the subsidy {subsidy} asks for this: {condition}", said)
    subject = texts.say(language, "Subsidy: something is due on {day}", said)
    letter = mail.Letter(
        # One letter for each treasurer and deadline, whoever else writes it.
        id=uuid5(_LETTERS, f"{treasurer.id}/{due.thing_id}/{due.deadline}/{due.due_on}/{due.days}"),
        to=treasurer.email or "",
        subject=subject,
        text=f"{text}\n\n{settings.name or settings.network}\n",
    )
    await mail.post(work, letter)


def _locale(language: str, country: str) -> Locale:
    try:
        return Locale(language, country)
    except UnknownLocaleError:
        return Locale(language)
