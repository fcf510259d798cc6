"""Who admits: a coordinator, or the members by a vote, as the network's settings say."""

from datetime import date, datetime
from uuid import UUID

from contracts.members import DecisionTaken
from kit.database import Work
from kit.errors import Conflict
from members.membership.repository import standings
from members.membership.rules import FactKind, MemberRecord, counting
from members.membership.service.reading import record
from members.membership.service.standing import facts_of, happen
from members.settings import Settings


async def admit(
    work: Work, settings: Settings, member_id: UUID, *, by: UUID, reason: str, effective_on: date | None
) -> MemberRecord:
    """A coordinator admits. Raises Conflict where that is for the members to decide, and as ``happen`` does."""
    if settings.admission == "vote":
        raise Conflict("admission_by_vote", "Here the members vote on applications; their vote admits or declines")
    return await happen(work, settings, member_id, "admitted", by=by, reason=reason, effective_on=effective_on)


async def decided(work: Work, settings: Settings, decision: DecisionTaken, at: datetime) -> None:
    """The members voted on an application: it is admitted, or declined if the vote was lost or too few took part.

    A decision on an application that was withdrawn or decided meanwhile, or on an earlier one, does nothing; heard twice
    it is done once.
    """
    if settings.admission != "vote" or decision.matter != "admission" or decision.matter_id is None:
        return
    if not await standings.lock(work.connection, [decision.matter_id]):
        return
    member = await record(work.connection, decision.matter_id, work.now)
    pending = counting(await facts_of(work.connection, member.id))[-1:]
    if member.status != "applied" or not pending or pending[0].recorded_at > at:
        return
    fact: FactKind = "admitted" if decision.outcome == "accepted" else "declined"
    await happen(work, settings, member.id, fact, by=None, reason=decision.title)
