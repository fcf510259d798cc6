"""Telling those on the roll that a vote has opened, and those who have not voted that it closes: each once."""

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from kit import mail
from kit.database import Work
from kit.language import Texts
from members.decisions.repository import letters as repository
from members.decisions.repository.letters import LetterKind
from members.settings import Settings

#: Letters that one run writes; the next one follows shortly.
AT_ONCE = 1000


async def write(work: Work, settings: Settings, texts: Texts) -> None:
    """Writes the letters that are due, in each member's language."""
    if not settings.vote_letters:
        return
    kinds: list[LetterKind] = ["opened", "reminder"] if settings.vote_reminder_hours else ["opened"]
    for kind in kinds:
        before = timedelta(hours=settings.vote_reminder_hours)
        rows = await repository.wanted(work.connection, kind, work.now, before=before, limit=AT_ONCE)
        await repository.written(work.connection, rows, kind, work.now)
        for row in rows:
            params = {
                "network": settings.name or settings.network,
                "name": row.name,
                "title": row.title,
                "closes": f"{row.closes_at.astimezone(ZoneInfo(settings.zone)):%Y-%m-%d %H:%M}",
                "zone": settings.zone,
            }
            subject, text = _words(texts, row.language, kind, params)
            # The same letter, should this ever be tried twice: it is sent once.
            letter_id = uuid5(NAMESPACE_URL, f"{row.proposal_id}/{row.member_id}/{kind}")
            letter = mail.Letter(to=row.email, subject=subject, text=text, good_until=row.closes_at, id=letter_id)
            await mail.post(work, letter)


def _words(texts: Texts, language: str, kind: LetterKind, params: dict[str, str]) -> tuple[str, str]:
    if kind == "opened":
        subject = texts.say(language, "Voting is open: {title}", params)
        text = texts.say(
            language,
            "Hello {name},\n\nvoting has opened in {network}: {title}\n\n"
            "It closes on {closes} ({zone}). Until then you can vote and change your vote.",
            params,
        )
    else:
        subject = texts.say(language, "Voting closes soon: {title}", params)
        text = texts.say(
            language,
            "Hello {name},\n\nvoting in {network} closes on {closes} ({zone}), and your vote is not in yet: {title}",
            params,
        )
    return subject, text
