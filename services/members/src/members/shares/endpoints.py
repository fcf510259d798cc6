"""HTTP of share capital."""

import asyncio
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Header, Request, Response

from contracts.values import Money
from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.database import utc_now
from kit.negotiation import negotiated
from kit.paging import Page, PageDep, encode_cursor, link_next, whole
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.membership import service as membership
from members.shares import papers, service
from members.shares.rules import Holding, Value
from members.shares.schemas import (
    Asked,
    NewSharePayment,
    NewShareRedemption,
    NewShareSubscription,
    NewShareTransfer,
    NewShareValue,
    ShareEntryOut,
    ShareHoldingsOut,
    ShareLotOut,
    ShareOperationOut,
    ShareValueOut,
    ShareValuesOut,
    WhySharesReversed,
)

register = service_router(prefix="/v1/shares", tags=["shares"])
of_members = service_router(prefix="/v1/members", tags=["shares"])
ROUTERS = (register, of_members)

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]


def _ask(body: Asked) -> service.Ask:
    return service.Ask(body.id, body.member_id, body.shares, body.dated, body.note)


def _shown(recorded: service.Recorded) -> ShareOperationOut:
    one = recorded.operation
    entries = [
        ShareEntryOut(
            member_id=line.entry.member_id,
            member_number=line.member_number,
            member_name=line.member_name,
            value=Money.of_minor(line.entry.value, line.entry.currency),
            subscribed=line.entry.subscribed,
            paid=line.entry.paid,
        )
        for line in recorded.lines
    ]
    return ShareOperationOut.model_validate({**vars(one), "entries": entries})


def _values(found: list[Value]) -> ShareValuesOut:
    items = [ShareValueOut(valid_from=one.valid_from, value=Money.of_minor(one.amount, one.currency)) for one in found]
    return ShareValuesOut(items=items)


@register.get("/values")
async def list_share_values(connection: ReadDep, _actor: ActorDep) -> ShareValuesOut:
    """What a share was and is worth, oldest first."""
    return _values(await service.values(connection))


@register.post("/values", status_code=201)
async def set_share_value(
    body: NewShareValue, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> ShareValuesOut:
    """Says what a share is worth from a day on. Shares that were subscribed before keep their value."""
    found = await service.set_value(work, settings, amount=body.value, valid_from=body.valid_from, by=actor.user_id)
    return _values(found)


@register.post("/subscribe", status_code=201)
async def subscribe_shares(
    body: NewShareSubscription, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> ShareOperationOut:
    """A member takes on shares at the value of that day, to be paid."""
    return _shown(await service.subscribe(work, settings, _ask(body), by=actor.user_id))


@register.post("/pay", status_code=201)
async def pay_shares(
    body: NewSharePayment, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> ShareOperationOut:
    """Subscribed shares are paid, those subscribed first before the others: the money goes onto the member's account and
    from there to the capital."""
    return _shown(await service.pay(work, settings, _ask(body), method=body.method, by=actor.user_id))


@register.post("/transfer", status_code=201)
async def transfer_shares(
    body: NewShareTransfer, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> ShareOperationOut:
    """Paid shares go to another member with the value they have, the oldest first."""
    made = await service.transfer(work, settings, _ask(body), to_member_id=body.to_member_id, by=actor.user_id)
    return _shown(made)


@register.post("/redeem", status_code=201)
async def redeem_shares(
    body: NewShareRedemption, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> ShareOperationOut:
    """The network takes paid shares back at the value they have, the oldest first: onto the member's account, and paid
    out from there unless it stays on the `balance`."""
    return _shown(await service.redeem(work, settings, _ask(body), method=body.method, by=actor.user_id))


@register.post("/operations/{operation_id}/reverse", status_code=201)
async def reverse_share_operation(
    operation_id: UUID, body: WhySharesReversed, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> ShareOperationOut:
    """Undoes an operation by another that names it, and its transfers with it, as long as the shares have not moved on."""
    return _shown(await service.reverse(work, settings, operation_id, reason=body.reason, by=actor.user_id))


@register.get("", response_model=Page[ShareOperationOut], responses={200: {"content": {"text/csv": {}}}})
async def list_share_operations(
    *,
    connection: ReadDep,
    actor: ActorDep,
    paging: PageDep,
    texts: TextsDep,
    language: LanguageDep,
    request: Request,
    response: Response,
    accept: Annotated[str, Header(description="application/json or text/csv")] = "*/*",
) -> Response | Page[ShareOperationOut]:
    """The register of shares, last recorded first: one's own part of it, or all to treasurer and coordinators. As CSV
    all of it at once, one row for each value that an operation changed."""
    if negotiated(accept, ("application/json", "text/csv")) == "text/csv":
        rows = await service.page(connection, actor, before=None, limit=None)
        written = await asyncio.to_thread(papers.register_csv, rows, lambda text: texts.say(language, text))
        headers = {"content-disposition": 'attachment; filename="shares.csv"'}
        return Response(written, media_type="text/csv; charset=utf-8", headers=headers)
    before = paging.key(lambda key: whole(key[0]))
    found = await service.page(connection, actor, before=before, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].operation.seq]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[_shown(one) for one in shown], next=cursor)


def _holdings(member_id: UUID, found: list[Holding], currency: str) -> ShareHoldingsOut:
    return ShareHoldingsOut(
        member_id=member_id,
        subscribed=sum(one.subscribed for one in found),
        paid=sum(one.paid for one in found),
        capital=Money.of_minor(sum(one.paid * one.value for one in found), currency),
        unpaid=Money.of_minor(sum((one.subscribed - one.paid) * one.value for one in found), currency),
        lots=[
            ShareLotOut(
                value=Money.of_minor(one.value, one.currency),
                subscribed=one.subscribed,
                paid=one.paid,
                since=one.since,
            )
            for one in found
        ],
    )


@of_members.get("/{member_id}/shares")
async def get_member_shares(
    member_id: UUID, connection: ReadDep, settings: SettingsDep, actor: ActorDep
) -> ShareHoldingsOut:
    """A member's shares: one's own, or any to treasurer and coordinators."""
    await membership.visible(connection, actor, member_id, utc_now())
    return _holdings(member_id, await service.holdings(connection, [member_id]), settings.currency)


@of_members.get(
    "/{member_id}/shares/certificate",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
async def get_share_certificate(
    member_id: UUID, connection: ReadDep, settings: SettingsDep, texts: TextsDep, actor: ActorDep
) -> Response:
    """The certificate of a member's shares as a PDF, in the member's language: one's own, or any to treasurer and
    coordinators."""
    member = await membership.visible(connection, actor, member_id, utc_now())
    found = await service.holdings(connection, [member_id])
    now = utc_now().astimezone(ZoneInfo(settings.zone))
    printed = await asyncio.to_thread(papers.certificate, member, found, settings, texts, now)
    headers = {"content-disposition": f'inline; filename="shares-{member.number or member_id}.pdf"'}
    return Response(printed, media_type="application/pdf", headers=headers)
