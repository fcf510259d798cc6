"""Season plans over HTTP."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response
from pydantic import TypeAdapter

from catalog.producers.rules import fold
from catalog.products.service import may_change
from catalog.seasons import chart, rules, service, sheets
from catalog.seasons.repository import plans as repository
from catalog.seasons.schemas import (
    BalanceOut,
    ChangedPlan,
    CropOut,
    NewCrop,
    NewPlan,
    PlanChangeOut,
    PlanOut,
    ProductCrop,
    WeekCode,
    read_weeks,
)
from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.conditional import PRIVATE, VersionDep, version_tag
from kit.database import utc_now
from kit.errors import Forbidden, NotFound
from kit.negotiation import negotiated
from kit.paging import Page, PageDep, encode_cursor, link_next, whole
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, SettingsDep, WorkDep, service_router
from kit.sheets.writing import CSV, XLSX, write_csv, write_xlsx

crops = service_router(prefix="/v1/crops", tags=["seasons"])
products = service_router(prefix="/v1/products", tags=["seasons"])
plans = service_router(prefix="/v1/season-plans", tags=["seasons"])
balance = service_router(prefix="/v1/season-balance", tags=["seasons"])
ROUTERS = (crops, products, plans, balance)

SVG = "image/svg+xml"
FORMS: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {}, XLSX: {}, SVG: {}}}}

Coordinator = Annotated[Actor, Depends(require("coordinator"))]
Planner = Annotated[Actor, Depends(require("producer", "coordinator"))]


def _by_name(key: Sequence[Any]) -> tuple[str, UUID]:
    return str(key[0]), UUID(str(key[1]))


@crops.get("")
async def list_crops(
    connection: ReadDep, page: PageDep, _actor: ActorDep, request: Request, response: Response
) -> Page[CropOut]:
    """What products of several producers count as, by name."""
    found = await repository.crops(connection, page.key(_by_name), page.limit + 1)
    shown = found[: page.limit]
    following = encode_cursor([fold(shown[-1].name), shown[-1].id]) if len(found) > page.limit else None
    link_next(request, response, following)
    return Page(items=[CropOut(id=row.id, name=row.name, unit=row.unit) for row in shown], next=following)


@crops.post("", status_code=201)
async def create_crop(body: NewCrop, _actor: Coordinator, work: WorkDep) -> CropOut:
    """Another crop. Producers say which of their products it is."""
    crop_id = await service.add_crop(work, body.id, body.name, body.unit)
    made = await repository.crop(work.connection, crop_id)
    if made is None:
        raise NotFound("crop_not_found", "There is no such crop")
    return CropOut(id=made.id, name=made.name, unit=made.unit)


@products.put("/{product_id}/crop", status_code=204)
async def set_crop(product_id: UUID, body: ProductCrop, actor: ActorDep, work: WorkDep) -> None:
    """Counts the product with a crop of other producers' products, so that plans and demand are added up."""
    await service.put_into_crop(work, actor, product_id, body.crop_id)


@plans.post("", status_code=201)
async def create_plan(body: NewPlan, actor: Planner, work: WorkDep, response: Response) -> PlanOut:
    """What there will be of a product, week by week. One plan a product and collection centre."""
    plan_id = await service.make_plan(
        work,
        actor,
        plan_id=body.id,
        product_id=body.product_id,
        place_id=body.place_id,
        note=body.note,
        weeks=read_weeks(body.weeks),
    )
    return _answer(await service.visible(work.connection, actor, plan_id), response)


def _answer(row: Any, response: Response) -> PlanOut:
    response.headers.update(
        {"etag": version_tag(row.version), "location": f"/v1/season-plans/{row.id}", "cache-control": PRIVATE}
    )
    return PlanOut.of(row)


@plans.get("")
async def list_plans(
    *,
    connection: ReadDep,
    page: PageDep,
    actor: Planner,
    request: Request,
    response: Response,
    member_id: Annotated[UUID | None, Query(description="One producer's only")] = None,
) -> Page[PlanOut]:
    """The acting members' plans; all of them for a coordinator."""
    if member_id is not None and not may_change(actor, member_id):
        raise Forbidden("not_yours", "You do not act for this member")
    mine = None if actor.has("coordinator") else actor.member_ids
    members = mine if member_id is None else {member_id}
    rows = await repository.page(connection, members, page.key(lambda key: UUID(str(key[0]))), page.limit + 1)
    shown = rows[: page.limit]
    following = encode_cursor([shown[-1].id]) if len(rows) > page.limit else None
    link_next(request, response, following)
    return Page(items=[PlanOut.of(row) for row in shown], next=following)


@plans.get("/{plan_id}")
async def read_plan(plan_id: UUID, connection: ReadDep, actor: ActorDep, response: Response) -> PlanOut:
    """A plan, to its producer and the coordinators."""
    return _answer(await service.visible(connection, actor, plan_id), response)


@plans.patch("/{plan_id}")
async def change_plan(
    *, plan_id: UUID, body: ChangedPlan, actor: ActorDep, work: WorkDep, version: VersionDep, response: Response
) -> PlanOut:
    """Changes the weeks that are given; what was planned before stays to be read."""
    await service.change_plan(work, actor, plan_id, read_weeks(body.weeks), note=body.note, version=version)
    return _answer(await service.visible(work.connection, actor, plan_id), response)


@plans.get("/{plan_id}/changes")
async def list_plan_changes(
    *, plan_id: UUID, connection: ReadDep, actor: ActorDep, page: PageDep, request: Request, response: Response
) -> Page[PlanChangeOut]:
    """How a plan was changed, the newest first."""
    await service.visible(connection, actor, plan_id)
    rows = await repository.history(connection, plan_id, page.key(lambda key: whole(key[0])), page.limit + 1)
    shown = rows[: page.limit]
    following = encode_cursor([shown[-1].id]) if len(rows) > page.limit else None
    link_next(request, response, following)
    return Page(
        items=[
            PlanChangeOut(week=rules.iso(row.week), before=row.before, after=row.after, user_id=row.user_id, at=row.at)
            for row in shown
        ],
        next=following,
    )


_PAGE: TypeAdapter[Page[BalanceOut]] = TypeAdapter(Page[BalanceOut])


@balance.get("", response_model=Page[BalanceOut], responses=FORMS)
async def read_balance(
    *,
    connection: ReadDep,
    page: PageDep,
    _actor: Planner,
    settings: SettingsDep,
    request: Request,
    language: LanguageDep,
    texts: TextsDep,
    since: Annotated[WeekCode, Query(alias="from")],
    until: Annotated[WeekCode, Query(description="The last week, counted too; at most 53 weeks")],
    by: Annotated[Literal["network", "place"], Query(description="`place`: each collection centre apart")] = "network",
    place_id: Annotated[UUID | None, Query(description="One collection centre only")] = None,
    crop_id: Annotated[UUID | None, Query()] = None,
    product_id: Annotated[UUID | None, Query()] = None,
) -> Response:
    """Gaps and gluts: what producers plan against what orders ask for, or are likely to, by crop and week. As JSON, a
    spreadsheet, or a chart (`Accept: image/svg+xml`). Single producers' plans are not told."""
    kind = negotiated(request.headers.get("accept", "*/*"), ("application/json", CSV, XLSX, SVG))
    question = service.Question(
        rules.monday(since, "/from"),
        rules.monday(until, "/until"),
        by == "place" or place_id is not None,
        place_id,
        crop_id,
        product_id,
    )
    zone = ZoneInfo(settings.zone)
    found = await service.balances(
        connection,
        question,
        today=utc_now().astimezone(zone).date(),
        zone=zone,
        after=page.key(_by_name),
        limit=page.limit + 1,
    )
    keys = list(dict.fromkeys(one.key for one in found))
    following = encode_cursor(keys[page.limit - 1]) if len(keys) > page.limit else None
    shown = [one for one in found if one.key in set(keys[: page.limit])]
    say = _speaker(texts, language)
    if kind == SVG:
        body: bytes = chart.draw(shown, say).encode()
    elif kind == "application/json":
        body = _PAGE.dump_json(Page(items=[BalanceOut.of(one) for one in shown], next=following))
    else:
        header, rows = [say(column) for column in sheets.COLUMNS], list(sheets.rows(shown, say))
        body = (
            write_csv(header, rows)
            if kind == CSV
            else await asyncio.to_thread(write_xlsx, say("Plans and demand"), header, rows)
        )
    headers = {"cache-control": PRIVATE, "vary": "accept, accept-language"}
    response = Response(body, media_type=kind, headers=headers)
    link_next(request, response, following)
    return response


def _speaker(texts: Any, language: str) -> chart.Say:
    return lambda message: texts.say(language, message)
