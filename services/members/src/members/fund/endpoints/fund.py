"""HTTP of the fund: where it stands, its terms, contributions and what is paid back of them."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response

from contracts.values import Money
from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.conditional import VersionDep, version_tag
from kit.database import utc_now
from kit.errors import NotFound
from kit.paging import Page, PageDep, encode_cursor, link_next, whole
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.fund.rules.loans import Terms
from members.fund.schemas import (
    FundOut,
    MonthOut,
    MovementOut,
    NewContribution,
    NewNotice,
    NoticeOut,
    PayBack,
    PositionOut,
    TermsIn,
    TermsOut,
    Why,
)
from members.fund.service import conditions, position, reading, saving
from members.fund.service.conditions import Conditions
from members.fund.service.saving import Contribution, Movement, Notice

router = service_router(prefix="/v1/fund", tags=["fund"])

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]
MemberQuery = Annotated[UUID | None, Query(description="Only this member's")]


def _movement(found: Movement) -> MovementOut:
    return MovementOut.model_validate(found, from_attributes=True)


def _notice(found: Notice) -> NoticeOut:
    return NoticeOut.model_validate(found, from_attributes=True)


def _terms(found: Terms) -> TermsOut:
    return TermsOut.model_validate({**asdict(found), "max_amount": Money.of_minor(found.max_amount, found.currency)})


@router.get("")
async def get_fund(connection: ReadDep, settings: SettingsDep, _actor: ActorDep) -> FundOut:
    """Where the fund stands, to every member: what came in, what is lent, what is late and what is free. No names."""
    today = utc_now().astimezone(ZoneInfo(settings.zone)).date()
    now = await position.position(connection, settings, today)
    months = await position.months(connection, settings)
    return FundOut(
        now=PositionOut.model_validate(now, from_attributes=True),
        months=[MonthOut.model_validate(month, from_attributes=True) for month in months],
    )


@router.get("/terms")
async def get_fund_terms(connection: ReadDep, response: Response, _actor: ActorDep) -> TermsOut:
    """On what conditions the fund lends, to every member. Its ETag is what changing them asks for."""
    found = await reading.terms(connection)
    if found is None:
        raise NotFound("fund_without_terms", "The fund does not lend yet: the treasurer has not written its terms")
    response.headers["etag"] = version_tag(found.version)
    return _terms(found)


@router.put("/terms")
async def write_fund_terms(
    *, body: TermsIn, work: WorkDep, settings: SettingsDep, read: VersionDep, response: Response, actor: TreasurerDep
) -> TermsOut:
    """Writes the conditions for what is asked for from now on; loans keep theirs. `If-Match: "0"` for the first."""
    wanted = Conditions(**{name: getattr(body, name) for name in TermsIn.model_fields})
    found = await conditions.write(work, settings, wanted, read=read, by=actor.user_id)
    response.headers["etag"] = version_tag(found.version)
    return _terms(found)


@router.post("/contributions", status_code=201)
async def contribute_to_fund(
    body: NewContribution, work: WorkDep, settings: SettingsDep, actor: ActorDep
) -> MovementOut:
    """Puts money into the fund: a member out of its account, the treasurer whatever comes in."""
    wanted = Contribution(**{name: getattr(body, name) for name in NewContribution.model_fields})
    return _movement(await saving.contribute(work, settings, wanted, actor))


@router.get("/contributions")
async def list_fund_contributions(
    *,
    connection: ReadDep,
    actor: ActorDep,
    paging: PageDep,
    request: Request,
    response: Response,
    member_id: MemberQuery = None,
) -> Page[MovementOut]:
    """Contributions and what was paid back of them, newest first: one's own, or all to the treasurer."""
    before = paging.key(lambda key: whole(key[0]))
    found = await saving.movements(connection, actor, member_id=member_id, before=before, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].seq]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[_movement(one) for one in shown], next=cursor)


@router.post("/contributions/{contribution_id}/reverse", status_code=201)
async def reverse_fund_contribution(
    contribution_id: UUID, body: Why, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> MovementOut:
    """Undoes a contribution that was booked by mistake; the money is on the member's account again."""
    return _movement(await saving.take_back(work, settings, contribution_id, reason=body.reason, by=actor.user_id))


@router.post("/notices", status_code=201)
async def give_withdrawal_notice(body: NewNotice, work: WorkDep, settings: SettingsDep, actor: ActorDep) -> NoticeOut:
    """Asks for deposits back. They can be paid when the days of notice are over and the fund has the money."""
    found = await saving.give_notice(work, settings, body.member_id, notice_id=body.id, amount=body.amount, actor=actor)
    return _notice(found)


@router.get("/notices")
async def list_withdrawal_notices(
    *,
    connection: ReadDep,
    actor: ActorDep,
    paging: PageDep,
    request: Request,
    response: Response,
    member_id: MemberQuery = None,
) -> Page[NoticeOut]:
    """Deposits that were asked back, newest first: one's own, or all to the treasurer."""
    before = paging.key(lambda key: UUID(str(key[0])))
    found = await saving.notices(connection, actor, member_id=member_id, before=before, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[_notice(one) for one in shown], next=cursor)


@router.post("/notices/{notice_id}/pay")
async def pay_deposit_back(
    notice_id: UUID, body: PayBack, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> NoticeOut:
    """Pays a deposit back, once its notice is over."""
    found = await saving.pay_back(work, settings, notice_id, pay_out=body.pay_out, paid_on=body.paid_on, actor=actor)
    return _notice(found)


@router.post("/notices/{notice_id}/cancel")
async def cancel_withdrawal_notice(notice_id: UUID, work: WorkDep, actor: ActorDep) -> NoticeOut:
    """Takes a notice back: the deposit stays."""
    return _notice(await saving.drop_notice(work, notice_id, actor))
