"""Letting another member vote for one's own, for one proposal or for all, until that is taken back."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound
from members.decisions.repository import delegations as repository
from members.decisions.rules import delegation
from members.decisions.rules import proposals as rules
from members.decisions.service import counting, proposals
from members.decisions.service.proposals import voting_statuses
from members.membership import service as membership
from members.settings import Settings


async def delegate(
    work: Work, settings: Settings, actor: Actor, member_id: UUID, *, delegate_id: UUID | None, proposal_id: UUID | None
) -> None:
    """The member's vote goes with the delegate's; with none, it is its own again.

    Raises NotFound for another's member, Conflict where the network or the ballot does not allow it, after closing, or
    in a circle; Invalid for a delegate who has no vote. One's own vote beats any delegation.
    """
    membership.check_visible(actor, member_id)
    if not settings.vote_delegation:
        raise Conflict("delegation_not_allowed", "In this network every member votes for itself")
    await repository.take_turn(work.connection)
    if proposal_id is not None:
        await _check_delegable(work, settings, actor, proposal_id)
    if delegate_id is not None:
        delegates = await repository.in_force(work.connection, proposal_id)
        delegates.pop(member_id, None)
        delegation.check(member_id, delegate_id, delegates)
        await _check_delegate(work, settings, delegate_id)
    await repository.say(work.connection, member_id, delegate_id, proposal_id, by=actor.user_id)


async def _check_delegable(work: Work, settings: Settings, actor: Actor, proposal_id: UUID) -> None:
    await proposals.seen(work.connection, settings, actor, proposal_id)
    proposal = await counting.opened(work, proposal_id)
    if not proposal.content.delegation:
        raise Conflict("delegation_not_allowed_here", "In this vote every member votes for itself")
    if rules.state(proposal, work.now) in {"draft", "announced"}:
        return
    rules.check_open(proposal, work.now)


async def _check_delegate(work: Work, settings: Settings, delegate_id: UUID) -> None:
    standings = await membership.standings(work.connection, [delegate_id], work.now)
    if standings.get(delegate_id) not in voting_statuses(settings.vote_in_arrears):
        raise Invalid("delegate_has_no_vote", "A member that has a vote", field="/delegate_id")


async def current(
    connection: AsyncConnection, settings: Settings, actor: Actor, member_id: UUID, proposal_id: UUID | None
) -> UUID:
    """To whom the member delegates: in this proposal in particular, or, without one, in general. Raises NotFound."""
    membership.check_visible(actor, member_id)
    if proposal_id is not None:
        await proposals.seen(connection, settings, actor, proposal_id)
    found = await repository.said(connection, member_id, proposal_id)
    if found is None:
        raise NotFound("delegation_unknown", "This member has not delegated its vote")
    return found
