"""HTTP of payments."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.database import utc_now
from kit.ids import new_id
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.dues import papers
from members.dues.documents import Writing
from members.dues.endpoints import shown
from members.dues.endpoints.invoices import PDF, pdf, wants_pdf
from members.dues.rules.payments import NewPayment
from members.dues.schemas import NewPaymentBody, PaymentOut, PaymentReversalBody
from members.dues.service import payments as service
from members.membership import service as membership

router = service_router(prefix="/v1", tags=["payments"])

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]


@router.post("/members/{member_id}/payments", status_code=201)
async def receive_payment(
    *,
    member_id: UUID,
    body: NewPaymentBody,
    work: WorkDep,
    settings: SettingsDep,
    response: Response,
    actor: TreasurerDep,
) -> PaymentOut:
    """Books money received from a member and pays the invoices named, else what it owes, the oldest first. What is over
    stays on the member's account: `excess`."""
    new = NewPayment(
        id=body.id or new_id(),
        member_id=member_id,
        currency=body.amount.currency,
        amount=body.amount.minor,
        method=body.method,
        paid_on=body.paid_on or work.today,
        reference=body.reference,
        invoice_ids=tuple(dict.fromkeys(body.invoice_ids)),
    )
    (received,) = await service.receive(work, settings, [new], by=actor.user_id)
    response.headers["location"] = f"/v1/payments/{received.id}"
    return shown.payment(received)


@router.get("/payments")
async def list_payments(
    *,
    connection: ReadDep,
    actor: ActorDep,
    paging: PageDep,
    request: Request,
    response: Response,
    member_id: Annotated[UUID | None, Query(description="Only this member's")] = None,
) -> Page[PaymentOut]:
    """Payments, the newest first: one's own, or everybody's to the treasurer."""
    before = paging.key(lambda key: UUID(str(key[0])))
    found = await service.page(connection, actor, member_id=member_id, before=before, limit=paging.limit)
    items = found[: paging.limit]
    cursor = encode_cursor([items[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[shown.payment(payment) for payment in items], next=cursor)


@router.get("/payments/{payment_id}", response_model=PaymentOut, responses=PDF)
async def get_payment(
    *,
    payment_id: UUID,
    request: Request,
    connection: ReadDep,
    settings: SettingsDep,
    actor: ActorDep,
    texts: TextsDep,
    language: LanguageDep,
) -> PaymentOut | Response:
    """A payment: one's own, or any to the treasurer; as JSON or, with `Accept: application/pdf`, its receipt."""
    found = await service.visible(connection, actor, payment_id)
    if wants_pdf(request):
        member = await membership.record(connection, found.member_id, utc_now())
        return pdf(
            papers.receipt(found, member, settings, Writing.of(texts, language, settings.country), utc_now()),
            found.number,
        )
    return shown.payment(found)


@router.post("/payments/{payment_id}/reverse")
async def reverse_payment(
    payment_id: UUID, body: PaymentReversalBody, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> PaymentOut:
    """Takes back a payment that did not hold, such as a bounced cheque: what it paid is owed again."""
    found = await service.reverse(
        work, settings, payment_id, reason=body.reason.strip(), on=body.reversed_on, by=actor.user_id
    )
    return shown.payment(found)
