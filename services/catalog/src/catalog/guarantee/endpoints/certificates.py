"""Certificates over HTTP: their public pages, and what the committee does with them."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import AfterValidator

from catalog.dependencies import SettingsDep
from catalog.guarantee import page as pages
from catalog.guarantee import paper, wording
from catalog.guarantee.endpoints.clock import TodayDep
from catalog.guarantee.events import address
from catalog.guarantee.repository import certificates as repository
from catalog.guarantee.rules.certificates import Status, standing
from catalog.guarantee.schemas.certificates import CertificateLine, CertificateOut
from catalog.guarantee.schemas.sent import GuaranteeReason
from catalog.guarantee.service import certificates as service
from kit.auth import ActorDep
from kit.conditional import PUBLIC, conditional
from kit.language import texts_of
from kit.negotiation import negotiated
from kit.paging import Page, PageDep, encode_cursor
from kit.problems import LanguageDep
from kit.routing import ReadDep, WorkDep, service_router

router = service_router(prefix="/v1/certificates", tags=["guarantee"])

FORMS = ("application/json", "text/html", "application/pdf")
CodePath = Annotated[
    str, Path(max_length=40, examples=["QRO-PGS-2026-0001"]), AfterValidator(lambda typed: typed.upper())
]
_CONTENT: dict[int | str, dict[str, Any]] = {200: {"content": {form: {} for form in FORMS[1:]}}}


def _code(key: Sequence[Any]) -> tuple[str]:
    return (str(key[0]),)


@router.get("", response_model=Page[CertificateLine])
async def list_certificates(
    *,
    connection: ReadDep,
    page: PageDep,
    request: Request,
    settings: SettingsDep,
    today: TodayDep,
    standard: Annotated[str | None, Query(max_length=40, description="Its code")] = None,
    status: Annotated[Status | None, Query()] = None,
    practice: Annotated[str | None, Query(max_length=60, description="That it was issued for")] = None,
    member_id: Annotated[UUID | None, Query(description="One producer's")] = None,
) -> Response:
    """All certificates, valid or not, by number: a guarantee is only as good as the list that anybody can look at."""
    found = await repository.page(
        connection,
        today,
        standard=standard,
        status=status,
        member_id=member_id,
        practice=practice,
        after=page.key(_code),
        limit=page.limit + 1,
    )
    shown = found[: page.limit]
    cursor = encode_cursor([shown[-1].code]) if len(found) > page.limit else None
    items = [CertificateLine.of(one, today, address(settings, one.code)) for one in shown]
    body = Page[CertificateLine](items=items, next=cursor).model_dump_json().encode()
    return conditional(request, body, cursor=cursor)


@router.get("/{code}", response_model=CertificateOut, responses=_CONTENT)
async def read_certificate(
    *,
    code: CodePath,
    connection: ReadDep,
    request: Request,
    settings: SettingsDep,
    today: TodayDep,
    language: LanguageDep,
    lang: Annotated[Literal["es", "en"] | None, Query(description="Of the page and the paper")] = None,
) -> Response:
    """A certificate for anybody: as a page for people (`Accept: text/html`), on paper with its QR code
    (`application/pdf`), and as JSON. The address is on labels and stays; what it says is what holds today."""
    form = negotiated(request.headers.get("accept", "*/*"), FORMS)
    found, facts = await service.history(connection, code)
    now = standing(facts, today)
    if now is None:
        raise service.unknown()
    where = address(settings, code)
    if form == "application/json":
        out = CertificateOut.of_history(found, facts, now=now, today=today, address=where)
        body = out.model_dump_json().encode()
    else:
        spoken = lang or language
        texts = texts_of("catalog")

        def say(message: str, params: dict[str, object] | None = None) -> str:
            return texts.say(spoken, message, params)

        shown = wording.shown(
            found, facts, now, settings=settings, say=say, language=spoken, today=today, address=where
        )
        if form == "text/html":
            body = pages.html(shown, say).encode()
        else:
            body = paper.pdf(shown, say, datetime.combine(today, time(), UTC))
    response = conditional(request, body, media_type=form, cache_control=PUBLIC)
    response.headers["vary"] = "accept, accept-language"
    response.headers["content-security-policy"] = pages.POLICY
    response.headers["x-content-type-options"] = "nosniff"
    return response


@router.get("/{code}/qr", responses={200: {"content": {"image/svg+xml": {}}}}, response_class=Response)
async def read_certificate_code(
    code: CodePath, connection: ReadDep, request: Request, settings: SettingsDep
) -> Response:
    """The QR code of the public address, as an SVG for labels."""
    if await repository.by_code(connection, code) is None:
        raise service.unknown()
    body = pages.qr_svg(address(settings, code)).encode()
    return conditional(request, body, media_type="image/svg+xml")


@router.post("/{code}/suspend")
async def suspend_certificate(
    *, code: CodePath, body: GuaranteeReason, actor: ActorDep, work: WorkDep, settings: SettingsDep, today: TodayDep
) -> CertificateLine:
    """Suspends it at once: what it stood for leaves the producer's offers, those of open cycles too. For the
    committee, but for whoever acts for the producer."""
    await service.suspend(work, settings, actor, code, body.reason)
    return await _line(work, code, settings, today)


@router.post("/{code}/reinstate")
async def reinstate_certificate(
    *, code: CodePath, body: GuaranteeReason, actor: ActorDep, work: WorkDep, settings: SettingsDep, today: TodayDep
) -> CertificateLine:
    """Ends the committee's suspension; what it stands for is shown again, unless it is suspended for something else
    too."""
    await service.reinstate(work, settings, actor, code, body.reason)
    return await _line(work, code, settings, today)


@router.post("/{code}/end")
async def end_certificate(
    *, code: CodePath, body: GuaranteeReason, actor: ActorDep, work: WorkDep, settings: SettingsDep, today: TodayDep
) -> CertificateLine:
    """Gives it up (its holder) or takes it away (the committee): only a new decision brings it back."""
    await service.end(work, settings, actor, code, body.reason)
    return await _line(work, code, settings, today)


async def _line(work: WorkDep, code: str, settings: SettingsDep, today: TodayDep) -> CertificateLine:
    found, _ = await service.history(work.connection, code)
    return CertificateLine.of(found, today, address(settings, code))
