"""HTTP of spending."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from contracts.values import Money
from kit.actor import Actor
from kit.auth import require
from kit.paging import PageDep, encode_cursor, link_next
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.income.endpoints.purposes import TreasurerDep
from members.income.rules import Spending
from members.income.schemas import NewSpending, SpendingOut, SpendingPage, WhyIncomeReversed
from members.income.service import spendings as service

router = service_router(prefix="/v1/spendings", tags=["income"])

ReaderDep = Annotated[Actor, Depends(require("treasurer", "coordinator"))]


def _shown(spending: Spending) -> SpendingOut:
    return SpendingOut(
        id=spending.id,
        number=spending.number,
        purpose=spending.purpose,
        amount=Money.of_minor(spending.amount, spending.currency),
        spent_on=spending.spent_on,
        payee=spending.payee,
        text=spending.text,
        document=spending.document,
        paid_from=spending.paid_from,
        subsidy_id=spending.subsidy_id,
        contribution_id=spending.contribution_id,
        reverses=spending.reverses,
        reversed_by=spending.reversed_by,
        transfer_id=spending.transfer_id,
    )


@router.post("", status_code=201)
async def record_spending(
    body: NewSpending, work: WorkDep, settings: SettingsDep, response: Response, actor: TreasurerDep
) -> SpendingOut:
    """Books money used for a purpose. Charged to a subsidy or an earmarked contribution, it must be for the same
    purpose, in time, and no more than is left of it; an invoice is booked once for each payee."""
    made = await service.spend(work, settings, service.Use(**dict(body)), by=actor.user_id)
    response.headers["location"] = f"/v1/spendings/{made.id}"
    return _shown(made)


@router.get("")
async def list_spendings(
    *,
    connection: ReadDep,
    paging: PageDep,
    request: Request,
    response: Response,
    _actor: ReaderDep,
    since: Annotated[date | None, Query(alias="from", description="From this day on", examples=["2026-01-01"])] = None,
    until: Annotated[date | None, Query(description="Until this day", examples=["2026-12-31"])] = None,
    purpose: Annotated[str | None, Query(max_length=40, description="Only for this purpose")] = None,
    subsidy_id: Annotated[UUID | None, Query(description="Only what was charged to this subsidy")] = None,
) -> SpendingPage:
    """What was spent, newest date first, with the entries that reverse others."""
    before = paging.key(lambda key: (date.fromisoformat(str(key[0])), UUID(str(key[1]))))
    found = await service.page(
        connection,
        since=since,
        until=until,
        purpose=purpose,
        subsidy_id=subsidy_id,
        before=before,
        limit=paging.limit,
    )
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].spent_on, shown[-1].id]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return SpendingPage(items=[_shown(one) for one in shown], next=cursor)


@router.get("/{spending_id}")
async def get_spending(spending_id: UUID, connection: ReadDep, _actor: ReaderDep) -> SpendingOut:
    """One spending."""
    return _shown(await service.spending(connection, spending_id))


@router.post("/{spending_id}/reverse", status_code=201)
async def reverse_spending(
    spending_id: UUID, body: WhyIncomeReversed, work: WorkDep, settings: SettingsDep, actor: TreasurerDep
) -> SpendingOut:
    """Undoes a spending by an entry that names it. Its invoice may then be booked again, rightly."""
    return _shown(await service.reverse(work, settings, spending_id, reason=body.reason, by=actor.user_id))
