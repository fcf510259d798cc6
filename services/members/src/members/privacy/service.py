"""Erasing a member's person (GDPR art. 17, LFPDPPP art. 22), and keeping the books (GDPR art. 17.3 b)."""

from uuid import UUID

from contracts.members import MemberErased
from kit.actor import Actor
from kit.database import Work
from members.membership import service as membership
from members.privacy import repository, rules
from members.settings import Settings


async def erase(work: Work, actor: Actor, member_id: UUID) -> None:
    """Takes out who a member was, here and, by event, in every other piece. Its number, entries and papers stay; papers
    keep its name for as long as the law asks. Twice is once.

    Raises NotFound, Conflict while the membership or anything to be settled goes on.
    """
    membership.check_visible(actor, member_id)
    await repository.lock_member(work.connection, member_id)
    member = await membership.record(work.connection, member_id, work.now)
    if await repository.is_erased(work.connection, member_id):
        return
    rules.check_erasable(member.status, await repository.open_things(work.connection, member_id))
    await repository.forget_words(work.connection, member_id)
    version = await repository.forget_person(
        work.connection, member_id, address=member.email, now=work.now, by=actor.user_id
    )
    await repository.note(work.connection, member_id, now=work.now, by=actor.user_id)
    work.stage(MemberErased(member_id=member_id), subject=member_id, version=version)


async def forget_papers(work: Work, settings: Settings) -> None:
    """Takes the names of erased members off papers that the law keeps no longer."""
    since = rules.papers_kept_since(work.today, settings.papers_years)
    await repository.forget_papers(work.connection, since=since, now=work.now)
