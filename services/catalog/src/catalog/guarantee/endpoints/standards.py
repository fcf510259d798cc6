"""Standards over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Path, Request, Response

from catalog.dependencies import SettingsDep
from catalog.guarantee.endpoints.clock import TodayDep
from catalog.guarantee.repository import standards as repository
from catalog.guarantee.schemas.standards import (
    NewStandard,
    NewStandardVersion,
    StandardOut,
    StandardVersionBody,
    StandardVersionOut,
    standard_out,
)
from catalog.guarantee.service import standards as service
from kit.auth import ActorDep, MaybeActorDep
from kit.conditional import PRIVATE, PUBLIC, VersionDep, conditional, version_tag
from kit.errors import NotFound
from kit.paging import Page, PageDep, encode_cursor
from kit.routing import ReadDep, WorkDep, service_router

router = service_router(prefix="/v1/standards", tags=["guarantee"])

CodePath = Annotated[str, Path(max_length=40)]
Number = Annotated[int, Path(ge=1, le=100_000)]


def _code(key: Sequence[Any]) -> str:
    return str(key[0])


@router.get("", response_model=Page[StandardOut])
async def list_standards(
    *,
    connection: ReadDep,
    page: PageDep,
    request: Request,
    actor: MaybeActorDep,
    settings: SettingsDep,
    today: TodayDep,
) -> Response:
    """What the network vouches for, by code, each with the version that is in force."""
    found = await repository.page(connection, page.key(_code), page.limit + 1)
    listed = found[: page.limit]
    drafts = service.may_keep(actor, settings)
    versions = await service.versions_of(connection, [standard_id for standard_id, _, _ in listed], drafts=drafts)
    cursor = encode_cursor([listed[-1][1]]) if len(found) > page.limit else None
    items = [standard_out(code, name, versions.get(standard_id, []), today) for standard_id, code, name in listed]
    body = Page[StandardOut](items=items, next=cursor).model_dump_json().encode()
    return conditional(request, body, cursor=cursor, cache_control=PRIVATE if drafts else PUBLIC)


@router.post("", status_code=201)
async def create_standard(
    *, body: NewStandard, actor: ActorDep, work: WorkDep, settings: SettingsDep, today: TodayDep, response: Response
) -> StandardOut:
    """A standard, without versions yet. For coordinators and stewards."""
    await service.create(work, settings, actor, standard_id=body.id, code=body.code, name=body.name)
    response.headers["location"] = f"/v1/standards/{body.code}"
    return standard_out(body.code, body.name, [], today)


@router.get("/{code}", response_model=StandardOut)
async def read_standard(
    *,
    code: CodePath,
    connection: ReadDep,
    request: Request,
    actor: MaybeActorDep,
    settings: SettingsDep,
    today: TodayDep,
) -> Response:
    """A standard with the version that is in force."""
    known = (await repository.by_codes(connection, [code])).get(code)
    if known is None:
        raise NotFound("standard_not_found", "There is no such standard")
    standard_id, name = known
    drafts = service.may_keep(actor, settings)
    versions = await service.versions_of(connection, [standard_id], drafts=drafts)
    body = standard_out(code, name, versions.get(standard_id, []), today).model_dump_json().encode()
    return conditional(request, body, cache_control=PRIVATE if drafts else PUBLIC)


@router.post("/{code}/versions", status_code=201)
async def draft_version(
    *,
    code: CodePath,
    body: NewStandardVersion,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    response: Response,
) -> StandardVersionOut:
    """The next version, drafted: one draft at a time, to be changed until it is published."""
    made = await service.draft(work, settings, actor, code=code, content=body.content(), version_id=body.id)
    response.headers["location"] = f"/v1/standards/{code}/versions/{made.number}"
    response.headers["etag"] = version_tag(made.edition)
    return StandardVersionOut.of(made)


@router.get("/{code}/versions/{number}")
async def read_version(
    *,
    code: CodePath,
    number: Number,
    connection: ReadDep,
    actor: MaybeActorDep,
    settings: SettingsDep,
    response: Response,
) -> StandardVersionOut:
    """A version; drafts for those who keep standards."""
    found = await service.version(connection, code, number)
    if not found.published and not service.may_keep(actor, settings):
        raise NotFound("version_not_found", "This standard has no such version")
    response.headers["etag"] = version_tag(found.edition)
    response.headers["cache-control"] = PUBLIC if found.published else PRIVATE
    return StandardVersionOut.of(found)


@router.put("/{code}/versions/{number}")
async def replace_draft(
    *,
    code: CodePath,
    number: Number,
    body: StandardVersionBody,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    version: VersionDep,
    response: Response,
) -> StandardVersionOut:
    """Another content for a draft. What is published never changes."""
    made = await service.redraft(
        work, settings, actor, code=code, number=number, content=body.content(), edition=version
    )
    response.headers["etag"] = version_tag(made.edition)
    return StandardVersionOut.of(made)


@router.post("/{code}/versions/{number}/publish")
async def publish_version(
    code: CodePath, number: Number, actor: ActorDep, work: WorkDep, settings: SettingsDep
) -> StandardVersionOut:
    """Lets the version hold from its date on. Pledges and certificates under earlier ones go on until they end. If it
    is `required`, its practices are shown of holders of a valid certificate alone from that day."""
    return StandardVersionOut.of(await service.publish(work, settings, actor, code, number))
