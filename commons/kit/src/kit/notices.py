"""Telling a member something by letter, from a piece that has no addresses (contracts.notices).

In a network without the members piece nobody writes, and the notice stays an event that others may read.
"""

from uuid import UUID

from contracts.notices import Notice
from kit.database import Work
from kit.ids import new_id
from kit.language import LANGUAGES, Words, texts_of


def tell(work: Work, notice: type[Notice], member_id: UUID, subject: Words, text: Words) -> None:
    """The member gets this letter once the transaction has committed, in their language."""
    say = texts_of(notice.topic.service).say
    fact = notice(
        member_id=member_id,
        subject={language: say(language, subject.message, subject.params) for language in LANGUAGES},
        text={language: say(language, text.message, text.params) for language in LANGUAGES},
    )
    work.stage(fact, subject=new_id(), version=1)
