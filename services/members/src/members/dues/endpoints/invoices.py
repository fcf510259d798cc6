"""HTTP of invoices."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.conditional import PRIVATE
from kit.database import Database, utc_now
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.dues import papers
from members.dues.documents import Writing
from members.dues.endpoints import shown
from members.dues.rules.invoices import InvoiceStatus, Line
from members.dues.schemas import Cancellation, FromAccount, InvoiceOut, LetterOut, NewInvoiceBody
from members.dues.service import invoices as service
from members.dues.service import letters, payments
from members.dues.service.invoices import NewInvoice

router = service_router(prefix="/v1/invoices", tags=["invoices"])

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]
PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {}}, "description": "With `Accept: application/pdf`, on paper"}
}


def today(request: Request) -> date:
    """The network's date, by the clock that all of this service's work goes by."""
    database: Database = request.app.state.database
    return database.clock().astimezone(database.zone).date()


def wants_pdf(request: Request) -> bool:
    """Whether the caller asks for the document on paper (RFC 9110 section 12.5.1, as far as two types need it)."""
    return request.headers.get("accept", "").split(",")[0].split(";")[0].strip() == "application/pdf"


def pdf(content: bytes, number: str) -> Response:
    headers = {"content-disposition": f'inline; filename="{number}.pdf"', "cache-control": PRIVATE, "vary": "accept"}
    return Response(content, media_type="application/pdf", headers=headers)


@router.get("")
async def list_invoices(
    *,
    connection: ReadDep,
    settings: SettingsDep,
    actor: ActorDep,
    paging: PageDep,
    request: Request,
    response: Response,
    member_id: Annotated[UUID | None, Query(description="Only this member's")] = None,
    status: Annotated[InvoiceStatus | None, Query(description="Only those that stand so today")] = None,
    year: Annotated[int | None, Query(ge=1900, le=2999, description="Issued in that year", examples=[2026])] = None,
) -> Page[InvoiceOut]:
    """Invoices, the newest first: one's own, or everybody's to the treasurer."""
    now = today(request)
    found = await service.page(
        connection,
        actor,
        member_id=member_id,
        status=status,
        year=year,
        before=paging.key(lambda key: UUID(str(key[0]))),
        limit=paging.limit,
        today=now,
    )
    items = found[: paging.limit]
    cursor = encode_cursor([items[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[shown.invoice(invoice, now) for invoice in items], next=cursor)


@router.get("/{invoice_id}", response_model=InvoiceOut, responses=PDF)
async def get_invoice(
    *,
    invoice_id: UUID,
    request: Request,
    connection: ReadDep,
    settings: SettingsDep,
    actor: ActorDep,
    texts: TextsDep,
    language: LanguageDep,
) -> InvoiceOut | Response:
    """An invoice: one's own, or any to the treasurer; as JSON or, with `Accept: application/pdf`, on paper."""
    found = await service.visible(connection, actor, invoice_id)
    if wants_pdf(request):
        paid = await service.paid(connection, invoice_id)
        return pdf(
            papers.invoice(found, paid, settings, Writing.of(texts, language, settings.country), utc_now()),
            found.number,
        )
    return shown.invoice(found, today(request))


@router.get("/{invoice_id}/credit-note", responses=PDF, response_class=Response)
async def get_credit_note(
    *,
    invoice_id: UUID,
    connection: ReadDep,
    settings: SettingsDep,
    actor: ActorDep,
    texts: TextsDep,
    language: LanguageDep,
) -> Response:
    """What took an invoice back, on paper (PDF). Its particulars are in the invoice."""
    found = await service.visible(connection, actor, invoice_id)
    note = service.credit_note(found)
    return pdf(
        papers.credit_note(found, note, settings, Writing.of(texts, language, settings.country), utc_now()), note.number
    )


@router.get("/{invoice_id}/letters")
async def list_invoice_letters(invoice_id: UUID, connection: ReadDep, actor: ActorDep) -> list[LetterOut]:
    """What was written about an invoice and when: the invoice itself, and reminders."""
    found = await letters.written(connection, actor, invoice_id)
    return [LetterOut.model_validate(letter, from_attributes=True) for letter in found]


@router.post("", status_code=201)
async def issue_invoice(
    body: NewInvoiceBody, work: WorkDep, settings: SettingsDep, response: Response, actor: TreasurerDep
) -> InvoiceOut:
    """An invoice for anything but dues, which the run issues."""
    new = NewInvoice(
        id=body.id,
        member_id=body.member_id,
        lines=tuple(Line(line.text, line.amount.minor, line.tax_rate) for line in body.lines),
        currencies=tuple(line.amount.currency for line in body.lines),
        due_on=body.due_on,
        grace_days=body.grace_days,
        tax_text=body.tax_text,
        note=body.note,
    )
    issued = await service.issue(work, settings, new, by=actor.user_id)
    response.headers["location"] = f"/v1/invoices/{issued.id}"
    return shown.invoice(issued, work.today)


@router.post("/{invoice_id}/cancel")
async def cancel_invoice(
    invoice_id: UUID, body: Cancellation, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> InvoiceOut:
    """Takes an invoice back by a credit note with a number of its own; what was paid of it goes back to the member's
    account. The run does not bill the period again: issue another invoice if something is to be paid."""
    found = await service.cancel(work, settings, invoice_id, reason=body.reason.strip(), by=actor.user_id)
    return shown.invoice(found, work.today)


@router.post("/{invoice_id}/pay")
async def pay_invoice_from_account(
    invoice_id: UUID, body: FromAccount, work: WorkDep, settings: SettingsDep, actor: ActorDep
) -> InvoiceOut:
    """Pays an invoice from what lies on the member's account, never beyond its limit: by the member itself, or by the
    treasurer."""
    found = await payments.pay_from_account(
        work, settings, actor, invoice_id, amount=body.amount, allocation_id=body.id
    )
    return shown.invoice(found, work.today)
