"""HTTP of payments between members."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from contracts.members import RequestStatus
from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.database import utc_now
from kit.ids import new_id
from kit.paging import Page, PageDep, encode_cursor, instant, link_next
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.exchange import rules, service
from members.exchange.rules import Payment, Side
from members.exchange.schemas import (
    ExchangeOut,
    NewExchange,
    NewPaymentRequest,
    PartyOut,
    PaymentRequestOut,
    Why,
)

router = service_router(prefix="/v1", tags=["exchange"])
ROUTERS = (router,)

MemberDep = Annotated[Actor, Depends(require("member", "coordinator", "treasurer"))]
NO_WORD = Why()


def _payment(body: NewExchange | NewPaymentRequest) -> Payment:
    return Payment(body.id or new_id(), body.payer_id, body.payee_id, body.amount, body.text, body.offer_id)


def _shown(request: rules.Request) -> PaymentRequestOut:
    return PaymentRequestOut.model_validate(request, from_attributes=True)


@router.get("/payees")
async def find_payees(
    *,
    connection: ReadDep,
    _actor: MemberDep,
    paging: PageDep,
    request: Request,
    response: Response,
    q: Annotated[
        str, Query(min_length=2, max_length=80, description="Part of a name, or how a number begins", examples=["luna"])
    ],
) -> Page[PartyOut]:
    """Members that can be paid or asked to pay, by name. A page may hold fewer than `limit` though there is a next."""
    after = paging.key(lambda key: (str(key[0]), UUID(str(key[1]))))
    found, following = await service.payees(connection, utc_now(), q, after=after, limit=paging.limit)
    cursor = encode_cursor(following) if following else None
    link_next(request, response, cursor)
    return Page(items=[PartyOut.model_validate(party, from_attributes=True) for party in found], next=cursor)


@router.post("/exchanges", status_code=201)
async def pay_member(
    body: NewExchange, work: WorkDep, settings: SettingsDep, actor: ActorDep, response: Response
) -> ExchangeOut:
    """Pays another member, in money or community credit, at once and for good: the payee may pay it back."""
    exchange = await service.pay(work, settings, actor, _payment(body))
    response.headers["location"] = f"/v1/exchanges/{exchange.id}"
    return ExchangeOut.model_validate(exchange, from_attributes=True)


@router.get("/exchanges/{exchange_id}")
async def get_exchange(exchange_id: UUID, connection: ReadDep, actor: ActorDep) -> ExchangeOut:
    """A payment between members, to those on either side of it and to the treasurer."""
    return ExchangeOut.model_validate(await service.exchange(connection, actor, exchange_id), from_attributes=True)


@router.post("/payment-requests", status_code=201)
async def request_payment(
    body: NewPaymentRequest, work: WorkDep, settings: SettingsDep, actor: ActorDep, response: Response
) -> PaymentRequestOut:
    """Asks another member to pay. It can be answered for 30 days."""
    asked = await service.ask(work, settings, actor, _payment(body))
    response.headers["location"] = f"/v1/payment-requests/{asked.id}"
    return _shown(asked)


@router.get("/payment-requests")
async def list_payment_requests(
    *,
    connection: ReadDep,
    actor: ActorDep,
    paging: PageDep,
    request: Request,
    response: Response,
    side: Annotated[
        Side | None, Query(description="`payer`: those that you are asked to pay; `payee`: those that you ask for")
    ] = None,
    status: Annotated[RequestStatus | None, Query(description="`open`: those that wait for an answer")] = None,
) -> Page[PaymentRequestOut]:
    """Requests to and of the members that you act for, newest first."""
    after = paging.key(lambda key: (instant(key[0]), UUID(str(key[1]))))
    found = await service.requests(
        connection, actor, utc_now(), side=side, status=status, after=after, limit=paging.limit
    )
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].asked_at, shown[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[_shown(asked) for asked in shown], next=cursor)


@router.get("/payment-requests/{request_id}")
async def get_payment_request(request_id: UUID, connection: ReadDep, actor: ActorDep) -> PaymentRequestOut:
    """A request, to those on either side of it and to the treasurer."""
    return _shown(await service.request(connection, actor, request_id, utc_now()))


@router.post("/payment-requests/{request_id}/accept")
async def accept_payment_request(
    request_id: UUID, work: WorkDep, settings: SettingsDep, actor: ActorDep
) -> PaymentRequestOut:
    """Pays what was asked for: the payment has the request's id."""
    return _shown(await service.accept(work, settings, actor, request_id))


@router.post("/payment-requests/{request_id}/decline")
async def decline_payment_request(
    request_id: UUID, work: WorkDep, actor: ActorDep, body: Why = NO_WORD
) -> PaymentRequestOut:
    """Says no to whoever asked to be paid."""
    return _shown(await service.decline(work, actor, request_id, body.reason))


@router.post("/payment-requests/{request_id}/withdraw")
async def withdraw_payment_request(
    request_id: UUID, work: WorkDep, actor: ActorDep, body: Why = NO_WORD
) -> PaymentRequestOut:
    """Takes back a request of one's own."""
    return _shown(await service.withdraw(work, actor, request_id, body.reason))
