"""Making a proposal, changing it, announcing, signing and cancelling it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberStatus
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from kit.ids import new_id
from members.decisions.repository import proposals as repository
from members.decisions.rules import proposals as rules
from members.decisions.rules.proposals import Asked, Proposal, Quorum, Rules, Seen, State
from members.membership import service as membership
from members.settings import Settings

COORDINATORS = ("coordinator",)


def network_rules(settings: Settings) -> Rules:
    """What the network says about its votes."""
    return Rules(
        settings.vote_in_arrears,
        {str(kind): votes for kind, votes in settings.vote_weights.items()},
        settings.vote_delegation,
    )


def voting_statuses(in_arrears: bool) -> frozenset[MemberStatus]:
    """The standings in which a member has a vote."""
    return frozenset({"active", "in_arrears"}) if in_arrears else frozenset({"active"})


async def make(
    work: Work, settings: Settings, actor: Actor, asked: Asked, *, proposal_id: UUID | None, proposed_by: UUID | None
) -> Proposal:
    """Drafts a proposal. The same id twice is the same proposal.

    A coordinator's is announced by a coordinator; a member's by as many signatures as the network asks for, of which
    its own is the first. Raises Invalid, Forbidden, Conflict.
    """
    proposer = await _proposer(work, settings, actor, proposed_by, asked)
    content = rules.content(asked, network_rules(settings), work.now)
    wanted = proposal_id or new_id()
    added = await repository.add(
        work.connection,
        wanted,
        content,
        now=work.now,
        made_by=actor.user_id,
        proposed_by=proposer,
        announced=False,
    )
    if not added:
        return await _same(work, wanted, content, proposer)
    if proposer is not None:
        return await sign(work, settings, actor, wanted, proposer)
    return await known(work.connection, wanted)


async def _proposer(
    work: Work, settings: Settings, actor: Actor, proposed_by: UUID | None, asked: Asked
) -> UUID | None:
    if proposed_by is None and actor.has(*COORDINATORS):
        return None
    if settings.vote_signatures == 0:
        raise Forbidden("coordinators_propose", "In this network coordinators make the proposals")
    if proposed_by is None or not actor.acts_for(proposed_by):
        raise Invalid("not_your_member", "A member for which you act", field="/proposed_by")
    if asked.matter in {"admission", "loan"}:
        raise Invalid("matter_not_yours", "Only coordinators tie a proposal to an application", field="/matter")
    await _check_standing(work, settings, proposed_by)
    return proposed_by


async def _check_standing(work: Work, settings: Settings, member_id: UUID) -> None:
    member = await membership.record(work.connection, member_id, work.now)
    if member.status not in voting_statuses(settings.vote_in_arrears):
        raise Conflict(
            "wrong_standing", "That is not possible for a member whose status is {status}", status=member.status
        )


async def _same(work: Work, proposal_id: UUID, content: rules.Content, proposer: UUID | None) -> Proposal:
    there = await repository.proposal(work.connection, proposal_id)
    if there is None:
        raise Conflict("vote_under_way", "There is a vote about this under way already", field="/matter_id")
    if there.content != replace(content, opens_at=content.opens_at or there.content.opens_at) or (
        there.proposed_by != proposer
    ):
        raise Conflict("id_taken", "There is another proposal with this id; take a new one", field="/id")
    return there


async def known(connection: AsyncConnection, proposal_id: UUID) -> Proposal:
    """Raises NotFound."""
    found = await repository.proposal(connection, proposal_id)
    if found is None:
        raise unknown()
    return found


def unknown() -> NotFound:
    return NotFound("proposal_unknown", "There is no such proposal")


async def hold(work: Work, proposal_id: UUID) -> tuple[Proposal, datetime]:
    """The proposal, which nobody else changes, votes on or counts meanwhile, and the clock. Raises NotFound."""
    found = await repository.locked(work.connection, proposal_id)
    if found is None:
        raise unknown()
    return found


async def change(work: Work, settings: Settings, proposal_id: UUID, version: int | None, asked: Asked) -> Proposal:
    """Writes it anew, until voting opens or somebody signs it. Raises NotFound, PreconditionFailed, Invalid, Conflict."""
    proposal, now = await hold(work, proposal_id)
    if version is not None and version != proposal.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody else changed it meanwhile; read it again")
    rules.check_changeable(proposal, now, await repository.signatures(work.connection, proposal_id))
    content = rules.content(asked, network_rules(settings), now)
    if proposal.announced_at is not None:
        content = replace(content, opens_at=max(content.opens_at or now, now))
    await repository.change(work.connection, proposal_id, content)
    return await known(work.connection, proposal_id)


async def announce(work: Work, proposal_id: UUID) -> Proposal:
    """From now on members see it, and it opens at its time, or at once if that has passed. Raises NotFound, Conflict."""
    proposal, now = await hold(work, proposal_id)
    return await _announced(work, proposal, now)


async def _announced(work: Work, proposal: Proposal, now: datetime) -> Proposal:
    opens_at = rules.opening(proposal, now)
    await repository.write(work.connection, proposal.id, {"announced_at": now, "opens_at": opens_at})
    return await known(work.connection, proposal.id)


async def sign(work: Work, settings: Settings, actor: Actor, proposal_id: UUID, member_id: UUID) -> Proposal:
    """A member puts its name under a draft of another; the last signature that it needs announces it.

    Raises NotFound, Invalid, Conflict. Signing twice is signing once.
    """
    proposal, now = await hold(work, proposal_id)
    if proposal.proposed_by is None:
        raise unknown()
    if not actor.acts_for(member_id):
        raise Invalid("not_your_member", "A member for which you act", field="/member_id")
    await _check_standing(work, settings, member_id)
    rules.opening(proposal, now)
    signatures = await repository.sign(work.connection, proposal_id, member_id, now=work.now, by=actor.user_id)
    return await _announced(work, proposal, now) if signatures >= max(1, settings.vote_signatures) else proposal


async def cancel(work: Work, actor: Actor, proposal_id: UUID, reason: str) -> Proposal:
    """Takes it back, with the reason, until voting closes. Raises NotFound, Forbidden, Conflict."""
    proposal, now = await hold(work, proposal_id)
    own_draft = proposal.proposed_by is not None and actor.acts_for(proposal.proposed_by)
    if not actor.has(*COORDINATORS) and not (own_draft and proposal.announced_at is None):
        raise Forbidden("role_missing", "Only for {roles}", roles="coordinator")
    if not reason.strip():
        raise Invalid("cancelling_without_reason", "Say why it is cancelled", field="/reason")
    rules.check_cancellable(proposal, now)
    await withdraw(work, proposal_id, reason, by=actor.user_id)
    return await known(work.connection, proposal_id)


async def withdraw(work: Work, proposal_id: UUID, reason: str, *, by: UUID | None) -> None:
    values = {"cancelled_at": work.now, "cancelled_by": by, "cancelled_because": reason.strip()}
    await repository.write(work.connection, proposal_id, values)


async def run_off(
    work: Work, settings: Settings, actor: Actor, proposal_id: UUID, *, opens_at: datetime | None, closes_at: datetime
) -> Proposal:
    """Drafts another vote between the options that tied, for the seats that were left. Raises NotFound, Conflict."""
    before = await known(work.connection, proposal_id)
    result = before.result or {}
    options, seats = rules.tied_options(before, result.get("tied", []), result.get("chosen", []))
    asked = Asked(
        title=before.content.title,
        text=before.content.text,
        method="approval",
        majority=None,
        ballot=before.content.ballot,
        options=options,
        max_choices=min(before.content.max_choices, len(options)),
        seats=seats,
        quorum=Quorum(before.content.quorum.percent, before.content.quorum.number),
        kinds=before.content.kinds,
        matter=before.content.matter,
        matter_id=before.content.matter_id,
        opens_at=opens_at,
        closes_at=closes_at,
    )
    return await make(work, settings, actor, asked, proposal_id=None, proposed_by=None)


def _visible(actor: Actor, settings: Settings, proposal: Proposal) -> bool:
    if proposal.announced_at is not None or actor.has(*COORDINATORS):
        return True
    return proposal.proposed_by is not None and (settings.vote_signatures > 0 or actor.acts_for(proposal.proposed_by))


async def seen(connection: AsyncConnection, settings: Settings, actor: Actor, proposal_id: UUID) -> Seen:
    """A proposal, with its signatures and how many have voted, to those who may see it. Raises NotFound.

    Everybody sees what is announced, and drafts that ask for signatures; coordinators see their own drafts, too.
    """
    found = await repository.seen(connection, proposal_id)
    if found is None or not _visible(actor, settings, found.proposal):
        raise unknown()
    return found


async def page(
    connection: AsyncConnection,
    settings: Settings,
    actor: Actor,
    now: datetime,
    *,
    state: State | None,
    matter_id: UUID | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Seen]:
    """Proposals that the actor may see, newest first; one more than ``limit`` if there are more."""
    return await repository.page(
        connection,
        now,
        state=state,
        matter_id=matter_id,
        drafts=actor.has(*COORDINATORS),
        signable=settings.vote_signatures > 0,
        after=after,
        limit=limit,
    )
