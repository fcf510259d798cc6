"""Diagnoses over HTTP."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.prices import chart, service, views
from catalog.prices.schemas import (
    ChangedDiagnosis,
    Copy,
    DiagnosisOut,
    NewDiagnosis,
    SeasonsOut,
    SummaryOut,
)
from catalog.prices.service import Change, Wish
from catalog.prices.wording import Say
from kit.actor import Actor
from kit.auth import ActorDep, MaybeActorDep
from kit.conditional import PRIVATE, PUBLIC, VersionDep, conditional, version_tag
from kit.language import Texts, Words
from kit.paging import Page, PageDep, encode_cursor
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, SettingsDep, WorkDep, service_router

products = service_router(prefix="/v1/products", tags=["prices"])
diagnoses = service_router(prefix="/v1/diagnoses", tags=["prices"])
ROUTERS = (products, diagnoses)

_SVG = "image/svg+xml"
_CHART: dict[int | str, dict[str, Any]] = {
    200: {"content": {_SVG: {"schema": {"type": "string"}}}, "description": "The chart"}
}


def _say(texts: Texts, language: str) -> Say:
    def say(words: Words) -> str:
        return texts.say(language, words.message, words.params)

    return say


def _page_key(key: list[str]) -> tuple[date, UUID]:
    return date.fromisoformat(key[0]), UUID(key[1])


async def _answer(
    connection: AsyncConnection, actor: Actor, diagnosis_id: UUID, say: Say, status: int = 200
) -> Response:
    shown = await service.read(connection, actor, diagnosis_id)
    return _response(shown, say, status)


def _response(shown: service.Shown, say: Say, status: int = 200) -> Response:
    body = views.whole(shown, say).model_dump_json(by_alias=True)
    headers = {
        "etag": version_tag(shown.diagnosis.revision),
        "cache-control": PRIVATE if shown.whole else PUBLIC,
        "vary": "accept-language",
        "location": f"/v1/diagnoses/{shown.diagnosis.id}",
    }
    return Response(body, status, headers=headers, media_type="application/json")


@products.post("/{product_id}/diagnoses", status_code=201, response_model=DiagnosisOut)
async def create_diagnosis(
    *,
    product_id: UUID,
    body: NewDiagnosis,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    language: LanguageDep,
    texts: TextsDep,
) -> Response:
    """Writes down what one's own product cost to make in a season. Nobody else sees it until it is published."""
    wish = Wish(body.id, product_id, body.season.value(), body.variant_id, body.shared)
    made = await service.create(work, actor, wish, body.figures(), settings.currency)
    return await _answer(work.connection, actor, made, _say(texts, language), 201)


@products.get("/{product_id}/diagnoses", response_model=Page[SummaryOut])
async def list_diagnoses(
    *,
    product_id: UUID,
    request: Request,
    connection: ReadDep,
    actor: MaybeActorDep,
    page: PageDep,
    language: LanguageDep,
    texts: TextsDep,
) -> Response:
    """A product's diagnoses, the newest season first: those that are published, and to their producer all."""
    found = await service.of_product(connection, actor, product_id, page.key(_page_key), page.limit + 1)
    shown = found[: page.limit]
    last = shown[-1].diagnosis if len(found) > page.limit else None
    cursor = encode_cursor([last.season.starts_on, last.id]) if last else None
    say = _say(texts, language)
    items = Page[SummaryOut](items=[views.summary(one, say) for one in shown], next=cursor)
    return _conditional(request, items.model_dump_json(), actor, cursor)


def _conditional(
    request: Request, body: str, actor: Actor | None, cursor: str | None = None, media_type: str = "application/json"
) -> Response:
    answer = conditional(
        request,
        body.encode(),
        media_type=media_type,
        cache_control=PUBLIC if actor is None else PRIVATE,
        cursor=cursor,
    )
    answer.headers["vary"] = "accept-language"
    return answer


@products.get("/{product_id}/diagnoses/compared", response_model=SeasonsOut)
async def compare_seasons(
    *,
    product_id: UUID,
    request: Request,
    connection: ReadDep,
    actor: MaybeActorDep,
    language: LanguageDep,
    texts: TextsDep,
) -> Response:
    """The newest twelve seasons beside each other, the oldest first, each with what became of the cost of a unit."""
    found = await service.seasons(connection, actor, product_id)
    body = SeasonsOut(
        unit=found[-1].diagnosis.unit if found else None, seasons=views.seasons(found, _say(texts, language))
    )
    return _conditional(request, body.model_dump_json(), actor)


@products.get("/{product_id}/diagnoses/chart", response_class=Response, responses=_CHART)
async def chart_seasons(
    *,
    product_id: UUID,
    request: Request,
    connection: ReadDep,
    actor: MaybeActorDep,
    language: LanguageDep,
    texts: TextsDep,
) -> Response:
    """The cost of a unit season by season, as stacked bars (SVG)."""
    found = await service.seasons(connection, actor, product_id)
    drawn = chart.draw(views.chart_of_seasons(found, _say(texts, language)))
    return _conditional(request, drawn, actor, media_type=_SVG)


@diagnoses.get("/{diagnosis_id}", response_model=DiagnosisOut)
async def read_diagnosis(
    *,
    diagnosis_id: UUID,
    connection: ReadDep,
    actor: MaybeActorDep,
    language: LanguageDep,
    texts: TextsDep,
    version: Annotated[int | None, Query(ge=1, le=1_000_000, description="An earlier one; for its producer")] = None,
) -> Response:
    """What a product cost to make, what a fair price is, and what any other price is made of beside it.

    Everybody reads what is published; its producer, and whom they let, the newest version.
    """
    shown = await service.read(connection, actor, diagnosis_id, version)
    return _response(shown, _say(texts, language))


@diagnoses.get("/{diagnosis_id}/chart", response_class=Response, responses=_CHART)
async def chart_diagnosis(
    *,
    diagnosis_id: UUID,
    request: Request,
    connection: ReadDep,
    actor: MaybeActorDep,
    language: LanguageDep,
    texts: TextsDep,
) -> Response:
    """The fair price and every other price, made of their parts, as stacked bars (SVG)."""
    shown = await service.read(connection, actor, diagnosis_id)
    drawn = chart.draw(views.chart_of(shown, _say(texts, language)))
    return _conditional(request, drawn, actor, media_type=_SVG)


@diagnoses.get("/{diagnosis_id}/versions", response_model=list[SummaryOut])
async def list_versions(
    *,
    diagnosis_id: UUID,
    request: Request,
    connection: ReadDep,
    actor: MaybeActorDep,
    language: LanguageDep,
    texts: TextsDep,
) -> Response:
    """How a diagnosis was written down over time, the newest first (at most 100); to others what is published."""
    say = _say(texts, language)
    found = [views.summary(one, say) for one in await service.history(connection, actor, diagnosis_id)]
    body = f"[{','.join(one.model_dump_json() for one in found)}]"
    return _conditional(request, body, actor)


@diagnoses.patch("/{diagnosis_id}", response_model=DiagnosisOut)
async def change_diagnosis(
    *,
    diagnosis_id: UUID,
    body: ChangedDiagnosis,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    version: VersionDep,
    language: LanguageDep,
    texts: TextsDep,
) -> Response:
    """Writes another version. What is published stays as it is until the new version is published, too."""
    change = Change(body.draft(), body.shared)
    await service.change(work, actor, diagnosis_id, change, settings.currency, version=version)
    return await _answer(work.connection, actor, diagnosis_id, _say(texts, language))


@diagnoses.post("/{diagnosis_id}/publish", response_model=DiagnosisOut)
async def publish_diagnosis(
    *, diagnosis_id: UUID, actor: ActorDep, work: WorkDep, language: LanguageDep, texts: TextsDep
) -> Response:
    """Shows the newest version to everyone, in the catalogue and in the price of what is ordered."""
    await service.publish(work, actor, diagnosis_id)
    return await _answer(work.connection, actor, diagnosis_id, _say(texts, language))


@diagnoses.post("/{diagnosis_id}/withdraw", response_model=DiagnosisOut)
async def withdraw_diagnosis(
    *, diagnosis_id: UUID, actor: ActorDep, work: WorkDep, language: LanguageDep, texts: TextsDep
) -> Response:
    """Shows it to nobody else any more. Orders that were placed meanwhile keep what they said."""
    await service.withdraw(work, actor, diagnosis_id)
    return await _answer(work.connection, actor, diagnosis_id, _say(texts, language))


@diagnoses.post("/{diagnosis_id}/copy", status_code=201, response_model=DiagnosisOut)
async def copy_diagnosis(
    *,
    diagnosis_id: UUID,
    body: Copy,
    actor: ActorDep,
    work: WorkDep,
    settings: SettingsDep,
    language: LanguageDep,
    texts: TextsDep,
) -> Response:
    """A draft for another season with the same work and inputs, as a template; also from what a neighbour published.

    What came of them, what was lost and what others paid is left out; what was harvested is now expected.
    """
    wish = Wish(body.id, body.product_id, body.season.value(), body.variant_id, body.shared)
    made = await service.copy(work, actor, diagnosis_id, wish, settings.currency)
    return await _answer(work.connection, actor, made, _say(texts, language), 201)


@diagnoses.delete("/{diagnosis_id}", status_code=204)
async def discard_diagnosis(diagnosis_id: UUID, actor: ActorDep, work: WorkDep) -> None:
    """Throws away a draft that was never published."""
    await service.discard(work, actor, diagnosis_id)
