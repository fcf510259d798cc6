"""HTTP of members."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from contracts.members import MemberKind, MemberStatus
from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.database import Work, utc_now
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import PasswordsDep, SettingsDep
from members.membership import service
from members.membership.rules import FactKind, MemberRecord
from members.membership.schemas import ActingOut, DatedReason, FactOut, MemberOut, NewDate, NewMember, Reason
from members.settings import Settings

router = service_router(prefix="/v1/members", tags=["members"])

CoordinatorDep = Annotated[Actor, Depends(require("coordinator"))]
NO_REASON = DatedReason()


def _shown(member: MemberRecord) -> MemberOut:
    return MemberOut.model_validate(member, from_attributes=True)


@router.post("", status_code=201)
async def apply_for_membership(
    body: NewMember, work: WorkDep, passwords: PasswordsDep, settings: SettingsDep, response: Response
) -> MemberOut:
    """Applies to belong. Anyone may; from the admission on, the address and password sign in.

    If the address is somebody's already, the answer is the same: they are asked by letter whether they will act for the
    new member, too, and the password given here is good for nothing.
    """
    member = await service.apply(work, passwords, settings, service.Application(**body.model_dump()))
    response.headers["location"] = f"/v1/members/{member.id}"
    return _shown(member)


@router.get("")
async def list_members(
    *,
    connection: ReadDep,
    actor: ActorDep,
    paging: PageDep,
    request: Request,
    response: Response,
    status: Annotated[MemberStatus | None, Query(description="Only members of this standing")] = None,
    kind: Annotated[MemberKind | None, Query(description="Only members of this kind")] = None,
) -> Page[MemberOut]:
    """All members, in the order of their application, to coordinators and the treasurer; to others their own."""
    after = paging.key(lambda key: UUID(str(key[0])))
    found = await service.page(connection, actor, utc_now(), status=status, kind=kind, after=after, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[_shown(member) for member in shown], next=cursor)


@router.get("/{member_id}")
async def get_member(member_id: UUID, connection: ReadDep, actor: ActorDep) -> MemberOut:
    """A member: one's own, or any to coordinators and the treasurer."""
    return _shown(await service.visible(connection, actor, member_id, utc_now()))


@router.get("/{member_id}/standing")
async def get_member_standing(member_id: UUID, connection: ReadDep, actor: ActorDep) -> list[FactOut]:
    """What happened to the membership, oldest first."""
    await service.visible(connection, actor, member_id, utc_now())
    return [FactOut.model_validate(f, from_attributes=True) for f in await service.history(connection, member_id)]


@router.post("/{member_id}/admit")
async def admit_member(
    member_id: UUID, work: WorkDep, settings: SettingsDep, actor: CoordinatorDep, body: DatedReason = NO_REASON
) -> MemberOut:
    """Admits an applicant, who gets a number and can sign in and order from now on; also as of an earlier day."""
    return await _happens(work=work, settings=settings, member_id=member_id, fact="admitted", actor=actor, body=body)


@router.post("/{member_id}/decline")
async def decline_member(
    member_id: UUID, work: WorkDep, settings: SettingsDep, actor: CoordinatorDep, body: DatedReason = NO_REASON
) -> MemberOut:
    """Declines an application."""
    return await _happens(work=work, settings=settings, member_id=member_id, fact="declined", actor=actor, body=body)


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
    """Ends the membership at the member's own wish (or recorded by a coordinator), now or from a coming day on. Its
    accounts stay, to be settled."""
    service.check_visible(actor, member_id, "coordinator")
    return await _happens(work=work, settings=settings, member_id=member_id, fact="left", actor=actor, body=body)


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


@router.get("/{member_id}/users")
async def list_member_users(member_id: UUID, connection: ReadDep, actor: ActorDep) -> list[ActingOut]:
    """Who acts for the member, and who did: to its own users and coordinators."""
    found = await service.acting_users(connection, actor, member_id, utc_now())
    return [ActingOut.model_validate(trace, from_attributes=True) for trace in found]


@router.delete("/{member_id}/users/{user_id}", status_code=204)
async def end_acting(member_id: UUID, user_id: UUID, work: WorkDep, actor: ActorDep) -> None:
    """The user acts for the member no more; not possible for the last one. That they did stays on record."""
    await service.stop_acting(work, actor, member_id, user_id)
