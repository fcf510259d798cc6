"""Recalls over HTTP."""

from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Header, Request, Response

from kit.auth import ActorDep
from kit.conditional import PRIVATE
from kit.database import utc_now
from kit.errors import NotFound
from kit.negotiation import negotiated
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, WorkDep, service_router
from kit.sheets.writing import write_csv
from orders.base import AnyRow
from orders.cursors import instant_and_id
from orders.dependencies import OrdersSettingsDep
from orders.recalls import repository, service, sheets
from orders.recalls.schemas import NewAnswer, ReachedOut, RecallList, RecallOut

router = service_router(prefix="/v1/recalls", tags=["recalls"])
ROUTERS = (router,)

FORMS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}, "application/pdf": {}}}}


@router.get("")
async def list_recalls(
    connection: ReadDep, page: PageDep, actor: ActorDep, request: Request, response: Response
) -> Page[RecallOut]:
    """Recalls, the newest first: all for a coordinator, else those of what the acting members got."""
    everything = actor.has("coordinator")
    rows = await repository.page(
        connection, None if everything else actor.member_ids, page.key(instant_and_id), page.limit + 1
    )
    shown = rows[: page.limit]
    following = encode_cursor([shown[-1].issued_at.isoformat(), shown[-1].id]) if len(rows) > page.limit else None
    link_next(request, response, following)
    return Page(items=[_recall(row, everything=everything) for row in shown], next=following)


def _recall(row: AnyRow, *, everything: bool) -> RecallOut:
    return RecallOut(
        id=row.id,
        number=row.number,
        severity=row.severity,
        reason=row.reason,
        advice=row.advice,
        issued_at=row.issued_at,
        closed_at=row.closed_at,
        reached=row.reached if everything else None,
        answered=row.answered if everything else None,
    )


@router.get("/{recall_id}", response_model=RecallList, responses=FORMS)
async def read_recall(
    *,
    recall_id: UUID,
    connection: ReadDep,
    actor: ActorDep,
    settings: OrdersSettingsDep,
    texts: TextsDep,
    language: LanguageDep,
    accept: Annotated[str, Header()] = "*/*",
) -> Response:
    """Whom the recall reaches, with what each got and what they answered; to be called through, or printed. A family
    sees itself."""
    kind = negotiated(accept)
    found = await repository.one(connection, recall_id)
    everything = actor.has("coordinator")
    rows = await repository.reached(connection, recall_id, None if everything else actor.member_ids)
    if found is None or not (everything or rows):
        raise NotFound("recall_not_found", "There is no such recall")
    shown = RecallList(
        id=found.id,
        number=found.number,
        severity=found.severity,
        reason=found.reason,
        advice=found.advice,
        issued_at=found.issued_at,
        closed_at=found.closed_at,
        members=[
            ReachedOut(
                member_id=row.member_id,
                name=row.name,
                number=row.number,
                answer=row.answer,
                note=row.note or "",
                answered_at=row.answered_at,
                lines=row.lines,
            )
            for row in rows
        ],
    )

    def say(message: str) -> str:
        return texts.say(language, message)

    if kind == "text/csv":
        body = write_csv([say(column) for column in sheets.COLUMNS], sheets.rows(shown, say))
    elif kind == "application/pdf":
        body = sheets.as_pdf(shown, say, utc_now().astimezone(ZoneInfo(settings.zone)))
    else:
        body = shown.model_dump_json().encode()
    return Response(body, media_type=kind, headers={"cache-control": PRIVATE, "vary": "accept, accept-language"})


@router.post("/{recall_id}/answers", status_code=204)
async def answer_recall(recall_id: UUID, body: NewAnswer, actor: ActorDep, work: WorkDep) -> None:
    """Says what has become of it: eaten, kept, returned, thrown away. The last word counts."""
    await service.answer(work, actor, recall_id, member_id=body.member_id, said=body.answer, note=body.note)
