"""Jars and cans that are to come back."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from catalog.lots.repository import containers as repository
from catalog.lots.schemas.shown import ContainerOut
from contracts.values import plain
from kit.auth import ActorDep
from kit.errors import NotFound
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.routing import ReadDep, service_router

router = service_router(prefix="/v1/containers", tags=["lots"])


@router.get("")
async def list_containers(
    *,
    request: Request,
    response: Response,
    actor: ActorDep,
    connection: ReadDep,
    page: PageDep,
    member_id: Annotated[UUID | None, Query(description="One member's only")] = None,
    out: Annotated[bool, Query(description="Only where some are still out")] = False,
) -> Page[ContainerOut]:
    """Containers that went out with orders, by what they are and who has them: one's own, or everybody's for a
    coordinator. Their lots, with what is here, are among `/v1/lots`."""
    members = None if actor.has("coordinator") else actor.member_ids
    if member_id is not None:
        if members is not None and member_id not in members:
            raise NotFound("member_not_found", "There is no such member among yours")
        members = frozenset({member_id})
    after = page.key(lambda key: (str(key[0]), UUID(str(key[1]))))
    rows = await repository.out_with_members(connection, members, only_out=out, after=after, limit=page.limit + 1)
    last = rows[page.limit - 1] if len(rows) > page.limit else None
    following = encode_cursor([last.name, last.member_id]) if last else None
    link_next(request, response, following)
    items = [
        ContainerOut(
            name=row.name,
            member_id=row.member_id,
            went_out=plain(row.went_out),
            came_back=plain(row.came_back),
            out=plain(row.went_out - row.came_back),
        )
        for row in rows[: page.limit]
    ]
    return Page(items=items, next=following)
