"""HTTP of proposals."""

from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response

from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.conditional import VersionDep, version_tag
from kit.database import utc_now
from kit.language import Texts
from kit.paging import Page, PageDep, encode_cursor, instant, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, WorkDep, service_router
from members.decisions import wording
from members.decisions.rules import proposals as rules
from members.decisions.rules.proposals import Asked, Option, Quorum, Seen, State
from members.decisions.schemas import (
    Cancelling,
    NewProposal,
    NewSignature,
    OptionOut,
    ProposalIn,
    ProposalOut,
    QuorumOut,
    RollOut,
    RunOff,
)
from members.decisions.service import counting, proposals
from members.dependencies import SettingsDep
from members.settings import Settings

router = service_router(prefix="/v1/proposals", tags=["decisions"])

CoordinatorDep = Annotated[Actor, Depends(require("coordinator"))]


def _asked(body: ProposalIn) -> Asked:
    return Asked(
        title=body.title,
        text=body.text,
        method=body.method,
        majority=body.majority,
        ballot=body.ballot,
        options=[Option(option.key, option.text) for option in body.options],
        max_choices=body.max_choices,
        seats=body.seats,
        quorum=Quorum(body.quorum.percent, body.quorum.number),
        kinds=body.kinds,
        matter=body.matter,
        matter_id=body.matter_id,
        opens_at=body.opens_at,
        closes_at=body.closes_at,
    )


def _shown(seen: Seen, now: datetime, settings: Settings, texts: Texts, language: str) -> ProposalOut:
    proposal, content, zone = seen.proposal, seen.proposal.content, ZoneInfo(settings.zone)
    names = wording.options(proposal, lambda *said: texts.say(language, *said))
    return ProposalOut(
        id=proposal.id,
        title=content.title,
        text=content.text,
        state=rules.state(proposal, now),
        method=content.method,
        majority=content.majority,
        ballot=content.ballot,
        options=[OptionOut(key=key, text=name) for key, name in names.items()],
        max_choices=content.max_choices,
        seats=content.seats,
        quorum=QuorumOut(percent=content.quorum.percent, number=content.quorum.number),
        kinds=None if content.kinds is None else list(content.kinds),
        in_arrears=content.in_arrears,
        weights=dict(content.weights),
        delegation=content.delegation,
        matter=content.matter,
        matter_id=content.matter_id,
        proposed_by=proposal.proposed_by,
        proposer=seen.proposer,
        signatures=seen.signatures,
        opens_at=content.opens_at and content.opens_at.astimezone(zone),
        closes_at=content.closes_at.astimezone(zone),
        zone=settings.zone,
        entitled=proposal.entitled,
        voted=seen.voted,
        outcome=proposal.result["outcome"] if proposal.result is not None else None,
        cancelled_because=proposal.cancelled_because,
    )


class _Showing:
    """Answers a proposal as it is now, with its version as the ETag."""

    def __init__(self, settings: SettingsDep, texts: TextsDep, language: LanguageDep, response: Response) -> None:
        self._settings, self._texts, self._language, self._response = settings, texts, language, response

    def show(self, seen: Seen) -> ProposalOut:
        self._response.headers["etag"] = version_tag(seen.proposal.version)
        return self.item(seen)

    def item(self, seen: Seen) -> ProposalOut:
        return _shown(seen, utc_now(), self._settings, self._texts, self._language)


ShowingDep = Annotated[_Showing, Depends()]


@router.post("", status_code=201)
async def draft_proposal(
    *, body: NewProposal, work: WorkDep, settings: SettingsDep, actor: ActorDep, showing: ShowingDep, response: Response
) -> ProposalOut:
    """Drafts a proposal: coordinators do, and members where the network asks for signatures."""
    made = await proposals.make(work, settings, actor, _asked(body), proposal_id=body.id, proposed_by=body.proposed_by)
    response.headers["location"] = f"/v1/proposals/{made.id}"
    return showing.show(await proposals.seen(work.connection, settings, actor, made.id))


@router.get("")
async def list_proposals(
    *,
    connection: ReadDep,
    settings: SettingsDep,
    actor: ActorDep,
    paging: PageDep,
    showing: ShowingDep,
    request: Request,
    response: Response,
    state: Annotated[State | None, Query(description="Only proposals in this state")] = None,
    matter_id: Annotated[UUID | None, Query(description="Only those about this thing")] = None,
) -> Page[ProposalOut]:
    """Proposals, newest first: all that are announced, drafts that can be signed, and to coordinators every draft."""
    after = paging.key(lambda key: (instant(key[0]), UUID(str(key[1]))))
    found = await proposals.page(
        connection, settings, actor, utc_now(), state=state, matter_id=matter_id, after=after, limit=paging.limit
    )
    shown = found[: paging.limit]
    cursor = None
    if len(found) > paging.limit:
        last = shown[-1].proposal
        cursor = encode_cursor([last.made_at.isoformat(), last.id])
    link_next(request, response, cursor)
    return Page(items=[showing.item(seen) for seen in shown], next=cursor)


@router.get("/{proposal_id}")
async def get_proposal(
    proposal_id: UUID, connection: ReadDep, settings: SettingsDep, actor: ActorDep, showing: ShowingDep
) -> ProposalOut:
    """A proposal, with its dates in the network's zone and how many have voted so far."""
    return showing.show(await proposals.seen(connection, settings, actor, proposal_id))


@router.put("/{proposal_id}")
async def change_proposal(
    *,
    proposal_id: UUID,
    body: ProposalIn,
    work: WorkDep,
    settings: SettingsDep,
    actor: CoordinatorDep,
    version: VersionDep,
    showing: ShowingDep,
) -> ProposalOut:
    """Writes a proposal anew, until voting opens or somebody signs it."""
    await proposals.change(work, settings, proposal_id, version, _asked(body))
    return showing.show(await proposals.seen(work.connection, settings, actor, proposal_id))


@router.post("/{proposal_id}/announce")
async def announce_proposal(
    proposal_id: UUID, work: WorkDep, settings: SettingsDep, actor: CoordinatorDep, showing: ShowingDep
) -> ProposalOut:
    """Shows it to the members; voting opens at its time, or at once if that has passed."""
    await counting.announce(work, proposal_id)
    return showing.show(await proposals.seen(work.connection, settings, actor, proposal_id))


@router.post("/{proposal_id}/signatures")
async def sign_proposal(
    *,
    proposal_id: UUID,
    body: NewSignature,
    work: WorkDep,
    settings: SettingsDep,
    actor: ActorDep,
    showing: ShowingDep,
) -> ProposalOut:
    """Puts a member's name under another member's draft; the last signature that it needs announces it."""
    await proposals.sign(work, settings, actor, proposal_id, body.member_id)
    return showing.show(await proposals.seen(work.connection, settings, actor, proposal_id))


@router.post("/{proposal_id}/cancel")
async def cancel_proposal(
    *,
    proposal_id: UUID,
    body: Cancelling,
    work: WorkDep,
    settings: SettingsDep,
    actor: ActorDep,
    showing: ShowingDep,
) -> ProposalOut:
    """Takes a proposal back, saying why, until voting closes: coordinators any, a member its own draft."""
    await proposals.seen(work.connection, settings, actor, proposal_id)
    await proposals.cancel(work, actor, proposal_id, body.reason)
    return showing.show(await proposals.seen(work.connection, settings, actor, proposal_id))


@router.post("/{proposal_id}/run-off", status_code=201)
async def call_run_off(
    *,
    proposal_id: UUID,
    body: RunOff,
    work: WorkDep,
    settings: SettingsDep,
    actor: CoordinatorDep,
    showing: ShowingDep,
    response: Response,
) -> ProposalOut:
    """Drafts another vote between the options that tied, for the seats that were left."""
    made = await proposals.run_off(work, settings, actor, proposal_id, opens_at=body.opens_at, closes_at=body.closes_at)
    response.headers["location"] = f"/v1/proposals/{made.id}"
    return showing.show(await proposals.seen(work.connection, settings, actor, made.id))


@router.get("/{proposal_id}/roll")
async def get_electoral_roll(
    *,
    proposal_id: UUID,
    connection: ReadDep,
    actor: CoordinatorDep,
    paging: PageDep,
    request: Request,
    response: Response,
) -> Page[RollOut]:
    """Who may vote, as the register was at the opening, and who has. Members see how many."""
    after = paging.key(lambda key: UUID(str(key[0])))
    found = await counting.roll(connection, proposal_id, after=after, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].member_id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[RollOut.model_validate(row, from_attributes=True) for row in shown], next=cursor)
