"""HTTP of users and roles: for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from kit.actor import Actor
from kit.auth import require
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import PasswordsDep
from members.identity import service
from members.identity.schemas import GrantOut, NewRoles, NewUser, UserOut

router = service_router(prefix="/v1/users", tags=["users"])
ROUTERS = (router,)

AdminDep = Annotated[Actor, Depends(require("admin"))]


def _shown(profile: service.Profile) -> UserOut:
    return UserOut(
        id=profile.id, email=profile.email, phone=profile.phone, name=profile.name, roles=sorted(profile.roles)
    )


@router.post("", status_code=201)
async def create_user(body: NewUser, work: WorkDep, passwords: PasswordsDep, actor: AdminDep) -> UserOut:
    """Adds a user with roles, such as a coordinator or the treasurer."""
    profile = await service.create_user_with_roles(
        work, passwords, email=body.email, password=body.password, name=body.name, roles=body.roles, by=actor.user_id
    )
    return _shown(profile)


@router.get("")
async def list_users(
    *,
    connection: ReadDep,
    _actor: AdminDep,
    paging: PageDep,
    request: Request,
    response: Response,
    role: Annotated[str | None, Query(max_length=40, description="Only those who have this role")] = None,
    q: Annotated[
        str | None, Query(min_length=1, max_length=200, description="Only those with this in name, address or number")
    ] = None,
) -> Page[UserOut]:
    """Users in the order in which they were added."""
    after = paging.key(lambda key: UUID(str(key[0])))
    found = await service.page(connection, role=role, words=q, after=after, limit=paging.limit)
    page = found[: paging.limit]
    cursor = encode_cursor([page[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[_shown(profile) for profile in page], next=cursor)


@router.get("/{user_id}")
async def get_user(user_id: UUID, connection: ReadDep, _actor: AdminDep) -> UserOut:
    """A user and the roles granted to them."""
    return _shown(await service.profile(connection, user_id))


@router.put("/{user_id}/roles")
async def set_user_roles(user_id: UUID, body: NewRoles, work: WorkDep, actor: AdminDep) -> UserOut:
    """Grants and withdraws until the user has exactly these roles. What changed stays on record."""
    profile = await service.set_roles(work, user_id, body.roles, by=actor.user_id, reason=body.reason)
    return _shown(profile)


@router.get("/{user_id}/roles")
async def list_user_role_grants(user_id: UUID, connection: ReadDep, _actor: AdminDep) -> list[GrantOut]:
    """Every role granted to and withdrawn from the user, oldest first, with who did it and why."""
    trace = await service.trace_of_roles(connection, user_id)
    return [GrantOut(role=g.role, granted=g.granted, at=g.at, by=g.by, reason=g.reason) for g in trace]
