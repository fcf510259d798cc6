"""Opening a vote with its roll, and counting it: each once, by the clock or by the first who asks."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberKind
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict
from members.decisions import events
from members.decisions.repository import ballots, rolls
from members.decisions.repository import proposals as repository
from members.decisions.rules import counting
from members.decisions.rules import proposals as rules
from members.decisions.rules.counting import Count, Result, Taken
from members.decisions.rules.proposals import Proposal
from members.decisions.service import proposals
from members.membership import service as membership
from members.settings import Settings


@dataclass(frozen=True)
class RollLine:
    """A member on the roll, to coordinators."""

    member_id: UUID
    name: str
    number: str | None
    kind: MemberKind
    weight: int
    voted: bool


#: Proposals that one run of the job opens or counts.
AT_ONCE = 20


async def follow(work: Work) -> None:
    """Opens and counts what is due. Several replicas, and members who ask first, do it once between them."""
    for proposal_id in await repository.due(work.connection, work.now, AT_ONCE):
        await opened(work, proposal_id)
        await counted(work, proposal_id)


async def announce(work: Work, proposal_id: UUID) -> Proposal:
    """Announces a draft; one that opens at once has its roll at once. Raises NotFound, Conflict."""
    await proposals.announce(work, proposal_id)
    return await opened(work, proposal_id)


async def opened(work: Work, proposal_id: UUID) -> Proposal:
    """The proposal, with the roll frozen if its time has come: those who had a vote at the opening. Raises NotFound."""
    proposal, now = await proposals.hold(work, proposal_id)
    content = proposal.content
    if (
        proposal.opened_at is not None
        or content.opens_at is None
        or rules.state(proposal, now) not in {"open", "closed"}
    ):
        return proposal
    statuses = proposals.voting_statuses(content.in_arrears)
    register = await membership.everybody(work.connection, content.opens_at, statuses)
    entries = (
        (member.id, member.kind, rules.weight(content.weights, member.kind))
        for member in register
        if rules.may_vote(content.kinds, member.kind)
    )
    entitled = await rolls.freeze(work.connection, proposal_id, entries)
    await repository.write(work.connection, proposal_id, {"opened_at": now, "entitled": entitled})
    return await proposals.known(work.connection, proposal_id)


async def counted(work: Work, proposal_id: UUID) -> Proposal:
    """The proposal, counted if voting has closed; what came out is told to others in the same moment. Raises NotFound."""
    proposal, now = await proposals.hold(work, proposal_id)
    if rules.state(proposal, now) != "closed":
        return proposal
    if proposal.opened_at is None:
        proposal = await opened(work, proposal_id)
    votes = await _take(work, proposal)
    result = await _count(work.connection, proposal, votes)
    await repository.write(work.connection, proposal_id, {"counted_at": now, "result": asdict(result)})
    after = await proposals.known(work.connection, proposal_id)
    work.stage(events.taken(after, result), subject=proposal_id, version=after.version)
    return after


async def decided(work: Work, settings: Settings, actor: Actor, proposal_id: UUID) -> Proposal:
    """The proposal with its result, to those who may see it; counts it if nobody has yet. Raises NotFound, Conflict."""
    proposal = (await proposals.seen(work.connection, settings, actor, proposal_id)).proposal
    if proposal.counted_at is None:
        proposal = await counted(work, proposal_id)
    result(proposal)
    return proposal


async def _take(work: Work, proposal: Proposal) -> Taken:
    if proposal.secret:
        return counting.taken_from_box(await ballots.empty_box(work.connection, proposal.id))
    content = proposal.content
    roll = await ballots.roll(work.connection, proposal.id, content.closes_at, delegation=content.delegation)
    await ballots.keep_delegations(work.connection, proposal.id, roll)
    return counting.taken(roll)


async def _count(connection: AsyncConnection, proposal: Proposal, votes: Taken) -> Result:
    weight = await rolls.weight(connection, proposal.id)
    return counting.count(proposal.content, entitled=proposal.entitled or 0, entitled_weight=weight, votes=votes)


def result(proposal: Proposal) -> Result:
    """The count as it was frozen. Raises Conflict while there is none."""
    found = proposal.result
    if found is None:
        raise Conflict("not_counted_yet", "There is no result yet; votes are counted when voting has closed")
    return Result(
        **{
            **found,
            "counts": tuple(Count(**one) for one in found["counts"]),
            "chosen": tuple(found["chosen"]),
            "tied": tuple(found["tied"]),
        }
    )


async def roll(connection: AsyncConnection, proposal_id: UUID, *, after: UUID | None, limit: int) -> Sequence[RollLine]:
    """Those on the roll, with their names; one more than ``limit`` if there are more. Raises NotFound."""
    await proposals.known(connection, proposal_id)
    rows = await rolls.page(connection, proposal_id, after=after, limit=limit)
    return [RollLine(**row._asdict()) for row in rows]


async def recount(connection: AsyncConnection, proposal: Proposal) -> Result:
    """Counts the ballots again, as they lie there. Raises Conflict while there is no result to compare with."""
    result(proposal)
    if proposal.secret:
        votes = counting.taken_from_box(await ballots.counted(connection, proposal.id))
    else:
        votes = counting.taken(await ballots.roll_as_counted(connection, proposal.id))
    return await _count(connection, proposal, votes)
