"""Writing to members what other pieces have to tell them."""

from collections.abc import Mapping
from uuid import UUID

from contracts.notices import Notice
from kit import mail
from kit.database import Work
from kit.language import chosen
from kit.mail import Letter
from kit.settings import Settings
from members.membership import service as membership


async def write(work: Work, settings: Settings, notices: Mapping[UUID, Notice]) -> None:
    """One letter a notice, by its id, in the member's language. Who is unknown or has no address any more gets none."""
    known = await membership.records(work.connection, {notice.member_id for notice in notices.values()}, work.now)
    for notice_id, notice in notices.items():
        member = known.get(notice.member_id)
        if member is None or not member.email:
            continue
        language = chosen(member.language, settings.language)
        subject, text = _in(language, notice.subject), _in(language, notice.text)
        await mail.post(work, Letter(id=notice_id, to=member.email, subject=subject, text=f"{text}\n"))


def _in(language: str, texts: Mapping[str, str]) -> str:
    """The text in that language, or in the first of those that the other piece has."""
    return texts[language] if language in texts else next(iter(texts.values()), "")
