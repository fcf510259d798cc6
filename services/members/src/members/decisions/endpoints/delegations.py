"""HTTP of delegations."""

from uuid import UUID

from kit.auth import ActorDep
from kit.routing import ReadDep, WorkDep, service_router
from members.decisions.schemas import DelegationIn, DelegationOut
from members.decisions.service import delegations
from members.dependencies import SettingsDep

router = service_router(prefix="/v1", tags=["decisions"])


@router.put("/members/{member_id}/delegation")
async def delegate_all_votes(
    member_id: UUID, body: DelegationIn, work: WorkDep, settings: SettingsDep, actor: ActorDep
) -> DelegationOut:
    """Lets another member vote for this one in every open ballot, until it is taken back. One's own vote beats it."""
    await delegations.delegate(work, settings, actor, member_id, delegate_id=body.delegate_id, proposal_id=None)
    return DelegationOut(member_id=member_id, delegate_id=body.delegate_id, proposal_id=None)


@router.get("/members/{member_id}/delegation")
async def get_delegation_of_all_votes(
    member_id: UUID, connection: ReadDep, settings: SettingsDep, actor: ActorDep
) -> DelegationOut:
    """To whom one's own member delegates its votes; 404 if to nobody."""
    delegate_id = await delegations.current(connection, settings, actor, member_id, None)
    return DelegationOut(member_id=member_id, delegate_id=delegate_id, proposal_id=None)


@router.delete("/members/{member_id}/delegation", status_code=204)
async def take_back_all_votes(member_id: UUID, work: WorkDep, settings: SettingsDep, actor: ActorDep) -> None:
    """The member votes for itself again, except where it has delegated a vote in particular."""
    await delegations.delegate(work, settings, actor, member_id, delegate_id=None, proposal_id=None)


@router.put("/proposals/{proposal_id}/delegations/{member_id}")
async def delegate_vote(
    *, proposal_id: UUID, member_id: UUID, body: DelegationIn, work: WorkDep, settings: SettingsDep, actor: ActorDep
) -> DelegationOut:
    """Lets another member vote for this one in this proposal, until voting closes. One's own vote beats it."""
    await delegations.delegate(work, settings, actor, member_id, delegate_id=body.delegate_id, proposal_id=proposal_id)
    return DelegationOut(member_id=member_id, delegate_id=body.delegate_id, proposal_id=proposal_id)


@router.get("/proposals/{proposal_id}/delegations/{member_id}")
async def get_delegation_of_vote(
    proposal_id: UUID, member_id: UUID, connection: ReadDep, settings: SettingsDep, actor: ActorDep
) -> DelegationOut:
    """To whom one's own member delegates this vote in particular; 404 if to nobody."""
    delegate_id = await delegations.current(connection, settings, actor, member_id, proposal_id)
    return DelegationOut(member_id=member_id, delegate_id=delegate_id, proposal_id=proposal_id)


@router.delete("/proposals/{proposal_id}/delegations/{member_id}", status_code=204)
async def take_back_vote(
    proposal_id: UUID, member_id: UUID, work: WorkDep, settings: SettingsDep, actor: ActorDep
) -> None:
    """Takes back what was said about this proposal in particular; a delegation of all votes then holds for it again."""
    await delegations.delegate(work, settings, actor, member_id, delegate_id=None, proposal_id=proposal_id)
