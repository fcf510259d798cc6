"""HTTP of what happens to a membership."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from kit.actor import Actor
from kit.auth import ActorDep, MaybeActorDep, require
from kit.database import Work, utc_now
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import PasswordsDep, SettingsDep
from members.membership import service
from members.membership.rules import FactKind, MemberRecord
from members.membership.schemas.members import DatedReason, FactOut, MemberOut, NewDate, Reason, Withdrawal
from members.settings import Settings

router = service_router(prefix="/v1/members", tags=["members"])

CoordinatorDep = Annotated[Actor, Depends(require("coordinator"))]
NO_REASON = DatedReason()
SIGNED_IN = Withdrawal()


def _shown(member: MemberRecord) -> MemberOut:
    return MemberOut.model_validate(member, from_attributes=True)


@router.post("/{member_id}/admit")
async def admit_member(
    member_id: UUID, work: WorkDep, settings: SettingsDep, actor: CoordinatorDep, body: DatedReason = NO_REASON
) -> MemberOut:
    """Admits an applicant, who gets a number (or keeps an old one) and can sign in and order from now on; also as of an
    earlier day. Where the members vote on applications, their vote does this."""
    admitted = await service.admit(
        work, settings, member_id, by=actor.user_id, reason=body.reason, effective_on=body.effective_on
    )
    return _shown(admitted)


@router.post("/{member_id}/decline")
async def decline_member(
    member_id: UUID, work: WorkDep, settings: SettingsDep, actor: CoordinatorDep, body: DatedReason = NO_REASON
) -> MemberOut:
    """Declines an application."""
    return await _happens(work=work, settings=settings, member_id=member_id, fact="declined", actor=actor, body=body)


@router.post("/{member_id}/withdraw")
async def withdraw_application(
    *,
    member_id: UUID,
    work: WorkDep,
    passwords: PasswordsDep,
    settings: SettingsDep,
    actor: MaybeActorDep,
    body: Withdrawal = SIGNED_IN,
) -> MemberOut:
    """Takes back an application that was not decided yet: by the applicant, with the password chosen when applying, or by
    a coordinator on the applicant's word."""
    return _shown(
        await service.withdraw(work, passwords, settings, actor=actor, member_id=member_id, password=body.password)
    )


@router.post("/{member_id}/apply")
async def apply_again(
    member_id: UUID, work: WorkDep, settings: SettingsDep, actor: ActorDep, body: Reason = NO_REASON
) -> MemberOut:
    """A former member asks to belong again, under its id and number. What it still owes is seen at `leaving`."""
    return _shown(await service.apply_again(work, settings, actor, member_id, reason=body.reason))


@router.get("/{member_id}/standing")
async def get_member_standing(member_id: UUID, connection: ReadDep, actor: ActorDep) -> list[FactOut]:
    """What happened to the membership, and what will, in the order in which it counts."""
    await service.visible(connection, actor, member_id, utc_now())
    return [FactOut.model_validate(f, from_attributes=True) for f in await service.history(connection, member_id)]


@router.post("/{member_id}/suspend")
async def suspend_member(
    member_id: UUID, work: WorkDep, settings: SettingsDep, actor: CoordinatorDep, body: DatedReason = NO_REASON
) -> MemberOut:
    """Suspends a member: it can't order until it is reinstated."""
    return await _happens(work=work, settings=settings, member_id=member_id, fact="suspended", actor=actor, body=body)


@router.post("/{member_id}/reinstate")
async def reinstate_member(
    member_id: UUID, work: WorkDep, settings: SettingsDep, actor: CoordinatorDep, body: DatedReason = NO_REASON
) -> MemberOut:
    """Ends a suspension."""
    return await _happens(work=work, settings=settings, member_id=member_id, fact="reinstated", actor=actor, body=body)


@router.post("/{member_id}/exclude")
async def exclude_member(
    member_id: UUID, work: WorkDep, settings: SettingsDep, actor: CoordinatorDep, body: DatedReason = NO_REASON
) -> MemberOut:
    """Excludes a member. Its accounts stay, to be settled."""
    return await _happens(work=work, settings=settings, member_id=member_id, fact="excluded", actor=actor, body=body)


@router.post("/{member_id}/leave")
async def leave_network(
    member_id: UUID, work: WorkDep, settings: SettingsDep, actor: ActorDep, body: DatedReason = NO_REASON
) -> MemberOut:
    """Ends the membership at the member's own wish (or recorded by a coordinator), now or from a coming day on;
    only a coordinator records a leaving of the past. Its accounts stay, to be settled: see `leaving`."""
    left = await service.leave(work, settings, actor, member_id, reason=body.reason, effective_on=body.effective_on)
    return _shown(left)


@router.post("/{member_id}/standing/{fact_id}/revoke")
async def revoke_standing_fact(
    member_id: UUID, fact_id: int, work: WorkDep, actor: CoordinatorDep, body: Reason = NO_REASON
) -> MemberOut:
    """Takes back what was recorded by mistake. It stays on record, and the standing is what it would be without it."""
    return _shown(await service.revoke(work, member_id, fact_id, by=actor.user_id, reason=body.reason))


@router.post("/{member_id}/standing/{fact_id}/redate")
async def redate_standing_fact(
    *, member_id: UUID, fact_id: int, work: WorkDep, settings: SettingsDep, actor: CoordinatorDep, body: NewDate
) -> MemberOut:
    """Corrects the day from which something counts."""
    changed = await service.redate(
        work, settings, member_id, fact_id, body.effective_on, by=actor.user_id, reason=body.reason
    )
    return _shown(changed)


async def _happens(
    *, work: Work, settings: Settings, member_id: UUID, fact: FactKind, actor: Actor, body: DatedReason
) -> MemberOut:
    member = await service.happen(
        work, settings, member_id, fact, by=actor.user_id, reason=body.reason, effective_on=body.effective_on
    )
    return _shown(member)
