"""Applications that the members decide on: each is put to the vote by itself, and taken back with its application."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from contracts.members import DecisionMatter
from kit.database import Work
from kit.ids import new_id
from members.decisions.repository import proposals as repository
from members.decisions.rules import proposals as rules
from members.decisions.rules.proposals import Asked, Quorum
from members.decisions.service import counting, proposals
from members.settings import Settings


async def put_to_vote(
    work: Work, settings: Settings, matter: DecisionMatter, matter_id: UUID, *, applicant: UUID, title: str, text: str
) -> None:
    """Opens the vote on an application, at once and by the network's own rules; one that is under way goes on.

    The applicant's name is not written into it: it is looked up where it is shown, so that it can be forgotten.
    """
    asked = Asked(
        title=title,
        text=text,
        method=settings.vote_method,
        majority=None,
        ballot=settings.vote_ballot,
        options=(),
        max_choices=None,
        seats=None,
        quorum=Quorum(percent=settings.vote_quorum),
        kinds=settings.vote_kinds or None,
        matter=matter,
        matter_id=matter_id,
        opens_at=work.now,
        closes_at=work.now + timedelta(days=settings.vote_days),
    )
    content = rules.content(asked, proposals.network_rules(settings), work.now)
    proposal_id = new_id()
    added = await repository.add(
        work.connection, proposal_id, content, now=work.now, made_by=None, proposed_by=applicant, announced=True
    )
    if added:
        await counting.opened(work, proposal_id)


async def take_back(work: Work, matter: DecisionMatter, matter_ids: Collection[UUID], reason: str) -> None:
    """Cancels the votes on these that are still going on: there is nothing left to decide."""
    for proposal_id in await repository.under_way(work.connection, matter, matter_ids):
        proposal, now = await proposals.hold(work, proposal_id)
        if rules.state(proposal, now) in {"draft", "announced", "open"}:
            await proposals.withdraw(work, proposal_id, reason, by=None)
