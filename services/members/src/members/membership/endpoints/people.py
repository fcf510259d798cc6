"""HTTP of single members: applying, reading, changing."""

from uuid import UUID

from fastapi import Response

from kit.actor import Actor
from kit.auth import ActorDep
from kit.conditional import PRIVATE, VersionDep, version_tag
from kit.database import utc_now
from kit.paging import Page, PageDep, encode_cursor, whole
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import PasswordsDep, SettingsDep
from members.membership import service
from members.membership.rules import MemberRecord
from members.membership.schemas.members import ActingOut, ChangeOut, MemberDetail, MemberOut, MemberPatch, NewMember
from members.membership.service import Details

router = service_router(prefix="/v1/members", tags=["members"])


def _whole(member: MemberRecord, details: Details, actor: Actor, response: Response) -> MemberDetail:
    response.headers["etag"] = version_tag(member.version)
    response.headers["cache-control"] = PRIVATE
    shown = MemberOut.model_validate(member, from_attributes=True)
    return MemberDetail(
        **shown.model_dump(),
        answers=dict(details.answers),
        form_version=details.form_version,
        notes=details.notes if actor.has("coordinator") else None,
    )


@router.post("", status_code=201)
async def apply_for_membership(
    body: NewMember, work: WorkDep, passwords: PasswordsDep, settings: SettingsDep, response: Response
) -> MemberOut:
    """Applies to belong. Anyone may; from the admission on, the address and password sign in. What has to be said depends
    on the kind: see `GET /v1/application-forms`.

    If the address is somebody's already, the answer is the same: they are asked by letter whether they will act for the
    new member, too, and the password given here is good for nothing.
    """
    member = await service.apply(work, passwords, settings, service.Application(**body.model_dump()))
    response.headers["location"] = f"/v1/members/{member.id}"
    return MemberOut.model_validate(member, from_attributes=True)


@router.get("/{member_id}")
async def get_member(member_id: UUID, connection: ReadDep, actor: ActorDep, response: Response) -> MemberDetail:
    """A member: one's own, or any to coordinators and the treasurer."""
    member = await service.visible(connection, actor, member_id, utc_now())
    return _whole(member, await service.details(connection, member_id), actor, response)


@router.patch("/{member_id}")
async def change_member(
    *,
    member_id: UUID,
    body: MemberPatch,
    work: WorkDep,
    settings: SettingsDep,
    actor: ActorDep,
    version: VersionDep,
    response: Response,
) -> MemberDetail:
    """Changes particulars: the member's own, or any by coordinators, who alone change kind, number and notes, and the name
    and tax id of an admitted co-operative, enterprise, association or public body. Every change is kept on record."""
    said = body.model_dump(exclude_unset=True)
    member = await service.change(work, settings, actor, member_id, said, version=version)
    return _whole(member, await service.details(work.connection, member_id), actor, response)


@router.get("/{member_id}/changes")
async def list_member_changes(
    member_id: UUID, connection: ReadDep, actor: ActorDep, paging: PageDep
) -> Page[ChangeOut]:
    """Who changed what of the member and when, newest first."""
    await service.visible(connection, actor, member_id, utc_now())
    before = paging.key(lambda key: whole(key[0]))
    found = await service.changes(connection, actor, member_id, before=before, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > paging.limit else None
    return Page(items=[ChangeOut.model_validate(one, from_attributes=True) for one in shown], next=cursor)


@router.get("/{member_id}/users")
async def list_member_users(member_id: UUID, connection: ReadDep, actor: ActorDep) -> list[ActingOut]:
    """Who acts for the member, and who did: to its own users and coordinators."""
    found = await service.acting_users(connection, actor, member_id, utc_now())
    return [ActingOut.model_validate(trace, from_attributes=True) for trace in found]


@router.delete("/{member_id}/users/{user_id}", status_code=204)
async def end_acting(member_id: UUID, user_id: UUID, work: WorkDep, actor: ActorDep) -> None:
    """The user acts for the member no more; not possible for the last one. That they did stays on record."""
    await service.stop_acting(work, actor, member_id, user_id)
