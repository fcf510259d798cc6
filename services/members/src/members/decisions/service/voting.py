"""Casting a ballot, changing it, and finding it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.paging import unreadable
from members.decisions.repository import ballots as repository
from members.decisions.repository import proposals as proposals_repository
from members.decisions.repository import rolls
from members.decisions.rules import ballots as ballot_rules
from members.decisions.rules import proposals as rules
from members.decisions.rules.proposals import Proposal
from members.decisions.service import counting, proposals
from members.settings import Settings


@dataclass(frozen=True)
class Ballot:
    """A member's ballot: of a secret one only its voter knows more than that it was cast."""

    choices: tuple[str, ...] | None
    reason: str | None
    #: None of a secret one, of which nobody keeps when it was cast.
    cast_at: datetime | None
    receipt: str | None = None


@dataclass(frozen=True)
class Found:
    """The ballot that a receipt belongs to."""

    choices: tuple[str, ...]
    reason: str
    counted: bool


async def cast(
    work: Work,
    settings: Settings,
    actor: Actor,
    proposal_id: UUID,
    member_id: UUID,
    *,
    wanted: Sequence[str],
    reason: str,
    receipt: str | None,
) -> Ballot:
    """Casts the member's ballot, or changes it: until closing the latest counts. Raises NotFound for another's member,
    Invalid, Forbidden off the roll, Conflict outside the time."""
    check_own(actor, member_id)
    proposal = (await proposals.seen(work.connection, settings, actor, proposal_id)).proposal
    rules.check_open(proposal, work.now)
    choices = ballot_rules.choices(proposal, wanted, reason)
    if proposal.opened_at is None:
        await counting.opened(work, proposal_id)
    held = await proposals_repository.locked(work.connection, proposal_id, shared=True)
    if held is None:
        raise proposals.unknown()
    proposal, now = held
    rules.check_open(proposal, now)
    if await rolls.hold_entry(work.connection, proposal_id, member_id) is None:
        raise Forbidden("not_on_the_roll", "This member is not on the roll of this vote")
    try:
        if proposal.secret:
            return await _secretly(work, proposal, member_id, choices=choices, reason=reason.strip(), receipt=receipt)
        return await _openly(
            work, proposal, member_id, choices=choices, reason=reason.strip(), receipt=receipt, by=actor.user_id
        )
    except repository.Refused as late:
        raise rules.voting_closed() from late


async def _openly(
    work: Work,
    proposal: Proposal,
    member_id: UUID,
    *,
    choices: tuple[str, ...],
    reason: str,
    receipt: str | None,
    by: UUID,
) -> Ballot:
    if receipt is not None:
        raise Invalid("receipt_without_secret", "This vote is open: there are no receipts", field="/receipt")
    before = await repository.history(work.connection, proposal.id, member_id)
    if before and (tuple(before[0].choices), before[0].reason) == (choices, reason):
        return Ballot(choices, reason, before[0].cast_at)
    row = await repository.cast(work.connection, proposal.id, member_id, choices, reason, by=by)
    return Ballot(choices, reason, row.cast_at)


async def _secretly(
    work: Work, proposal: Proposal, member_id: UUID, *, choices: tuple[str, ...], reason: str, receipt: str | None
) -> Ballot:
    code = None if receipt is None else ballot_rules.receipt(receipt)
    if await repository.marked(work.connection, proposal.id, member_id):
        if code is None:
            raise Invalid(
                "receipt_needed", "This member has voted: send the receipt to change its ballot", field="/receipt"
            )
        if not await repository.replace(work.connection, proposal.id, ballot_rules.receipt_hash(code), choices, reason):
            raise Invalid("receipt_unknown", "No ballot of this vote has this receipt", field="/receipt")
        return Ballot(choices, reason, None, code)
    code = code or ballot_rules.new_receipt()
    hashed = ballot_rules.receipt_hash(code)
    if await repository.by_receipt(work.connection, proposal.id, hashed) is not None:
        raise Conflict("receipt_taken", "Draw another receipt for this ballot", field="/receipt")
    await repository.put(work.connection, proposal.id, member_id, receipt_hash=hashed, choices=choices, reason=reason)
    return Ballot(choices, reason, None, code)


def check_own(actor: Actor, member_id: UUID) -> None:
    """Raises NotFound unless the actor acts for the member: no role sees or casts another's ballot."""
    if not actor.acts_for(member_id):
        raise no_ballot()


def no_ballot() -> NotFound:
    return NotFound("ballot_unknown", "There is no such ballot")


async def own(
    connection: AsyncConnection, settings: Settings, actor: Actor, proposal_id: UUID, member_id: UUID
) -> list[Ballot]:
    """One's own ballots, the one that counts first; of a secret one no more than that there is one. Raises NotFound."""
    check_own(actor, member_id)
    proposal = (await proposals.seen(connection, settings, actor, proposal_id)).proposal
    if proposal.secret:
        found = [Ballot(None, None, None)] if await repository.marked(connection, proposal_id, member_id) else []
    else:
        rows = await repository.history(connection, proposal_id, member_id)
        found = [Ballot(tuple(row.choices), row.reason, row.cast_at) for row in rows]
    if not found:
        raise no_ballot()
    return found


async def find(connection: AsyncConnection, settings: Settings, actor: Actor, proposal_id: UUID, receipt: str) -> Found:
    """The ballot that has this receipt: in the box, or in the count. Raises NotFound, Invalid."""
    proposal = (await proposals.seen(connection, settings, actor, proposal_id)).proposal
    hashed = ballot_rules.receipt_hash(ballot_rules.receipt(receipt))
    found = await repository.by_receipt(connection, proposal.id, hashed)
    if found is None:
        raise Invalid("receipt_unknown", "No ballot of this vote has this receipt", field="/receipt")
    counted, row = found
    return Found(tuple(row.choices), row.reason, counted)


@dataclass(frozen=True)
class Counted:
    """A ballot in the count: whose it is, or the hash of its receipt."""

    member_id: UUID | None
    name: str | None
    receipt_hash: str | None
    choices: tuple[str, ...]
    reason: str
    cast_at: datetime | None

    @property
    def key(self) -> bytes:
        """Where it stands in the list."""
        return self.member_id.bytes if self.member_id is not None else bytes.fromhex(self.receipt_hash or "")


async def counted(connection: AsyncConnection, proposal: Proposal, *, after: bytes | None, limit: int) -> list[Counted]:
    """The ballots that were counted, in a fixed order; one more than ``limit`` if there are more. Raises Invalid."""
    if proposal.secret:
        rows = await repository.secret_page(connection, proposal.id, after=after, limit=limit)
        return [Counted(None, None, row.receipt_hash.hex(), tuple(row.choices), row.reason, None) for row in rows]
    if after is not None and len(after) != 16:
        raise unreadable()
    member_id = None if after is None else UUID(bytes=after)
    rows = await repository.open_page(connection, proposal.id, after=member_id, limit=limit)
    return [Counted(row.member_id, row.name, None, tuple(row.choices), row.reason, row.cast_at) for row in rows]


async def objections(connection: AsyncConnection, proposal: Proposal) -> list[str]:
    """What was said against a consent, without who said it."""
    if proposal.content.method != "consent":
        return []
    return await repository.objections(connection, proposal.id)
