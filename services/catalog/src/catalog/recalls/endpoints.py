"""Recalls over HTTP. Whom a recall reaches by name is the orders piece's to say."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.lots.endpoints.shared import key_of
from catalog.recalls import repository, service
from catalog.recalls.rules import Recall
from catalog.recalls.schemas import (
    Closing,
    GoodOut,
    LotReachedOut,
    NewRecall,
    PublicRecallOut,
    ReachOut,
    RecallOut,
)
from catalog.recalls.service import MOST_GOODS, Wish, may_manage
from kit.actor import Actor
from kit.auth import ActorDep, MaybeActorDep, require
from kit.conditional import PRIVATE, PUBLIC, VersionDep, version_tag
from kit.errors import NotFound
from kit.paging import Page, PageDep, encode_cursor, instant, link_next
from kit.routing import ReadDep, SettingsDep, WorkDep, service_router

router = service_router(prefix="/v1/recalls", tags=["recalls"])
ROUTERS = (router,)

Recaller = Annotated[Actor, Depends(require("producer", "coordinator"))]


def _wish(body: NewRecall) -> Wish:
    return Wish([key_of(one) for one in body.lots], body.severity, body.reason, body.advice)


@router.post("", status_code=201)
async def issue_recall(
    body: NewRecall, actor: Recaller, work: WorkDep, settings: SettingsDep, response: Response
) -> RecallOut:
    """Recalls lots, by who made them or a coordinator: every member that got some of them, or of what was made of them,
    is told. What is packed of them later, all the same, is told too, until the recall is closed."""
    recall_id = await service.issue(work, actor, settings, body.id, _wish(body))
    response.headers["location"] = f"/v1/recalls/{recall_id}"
    return await _answer(work.connection, recall_id, actor, response)


@router.post("/reach")
async def look_at_reach(body: NewRecall, actor: Recaller, work: WorkDep) -> ReachOut:
    """Whom this recall would reach. Nothing is written, and nobody is told."""
    reach = await service.look(work.connection, actor, _wish(body).lots)
    return ReachOut.of(reach.lots, [(line.member_id, line.order_id) for line in reach.lines])


@router.get("")
async def list_recalls(
    connection: ReadDep, page: PageDep, request: Request, response: Response
) -> Page[PublicRecallOut]:
    """Every recall that there was, the newest first; public."""
    found = await repository.page(connection, page.key(_when), page.limit + 1)
    shown = found[: page.limit]
    following = encode_cursor([shown[-1].issued_at.isoformat(), shown[-1].id]) if len(found) > page.limit else None
    link_next(request, response, following)
    response.headers["cache-control"] = PUBLIC
    return Page(items=[PublicRecallOut.of(one) for one in shown], next=following)


def _when(key: list[Any]) -> tuple[datetime, UUID]:
    return instant(key[0]), UUID(str(key[1]))


@router.get("/{recall_id}")
async def read_recall(recall_id: UUID, connection: ReadDep, actor: MaybeActorDep, response: Response) -> RecallOut:
    """A recall: what is recalled, why, and what to do; how far it reaches for who manages it."""
    return await _answer(connection, recall_id, actor, response)


async def _found(connection: AsyncConnection, recall_id: UUID) -> Recall:
    recall = await repository.one(connection, recall_id)
    if recall is None:
        raise NotFound("recall_not_found", "There is no such recall")
    return recall


async def _answer(connection: AsyncConnection, recall_id: UUID, actor: Actor | None, response: Response) -> RecallOut:
    recall = await _found(connection, recall_id)
    goods = await repository.goods(connection, recall_id, MOST_GOODS)
    told = PublicRecallOut.of(recall).model_dump()
    shown = [GoodOut(lot=one.number, product=one.name, producer=one.producer) for one in goods]
    manages = may_manage(actor, recall)
    response.headers.update({"etag": version_tag(recall.version), "cache-control": PRIVATE if manages else PUBLIC})
    if not manages:
        return RecallOut(**told, version=recall.version, goods=shown)
    counts = await repository.counts(connection, recall_id)
    return RecallOut(
        **told,
        version=recall.version,
        goods=shown,
        members=counts.members,
        orders=counts.orders,
        lines=counts.lines,
    )


@router.get("/{recall_id}/lots")
async def list_recalled_lots(
    *, recall_id: UUID, connection: ReadDep, actor: ActorDep, page: PageDep, request: Request, response: Response
) -> Page[LotReachedOut]:
    """Every lot that it reaches, by number: what is still here and where, and how many members got some."""
    recall = await _found(connection, recall_id)
    if not may_manage(actor, recall):
        raise NotFound("recall_not_found", "There is no such recall")
    rows = await repository.lots(connection, recall_id, page.key(lambda key: str(key[0])), page.limit + 1)
    shown = rows[: page.limit]
    following = encode_cursor([shown[-1].number]) if len(rows) > page.limit else None
    link_next(request, response, following)
    return Page(items=[LotReachedOut.model_validate(row, from_attributes=True) for row in shown], next=following)


@router.post("/{recall_id}/close")
async def close_recall(
    *, recall_id: UUID, body: Closing, actor: ActorDep, work: WorkDep, version: VersionDep, response: Response
) -> RecallOut:
    """Ends a recall, saying what came of it."""
    await service.close(work, actor, recall_id, body.outcome, version)
    return await _answer(work.connection, recall_id, actor, response)
