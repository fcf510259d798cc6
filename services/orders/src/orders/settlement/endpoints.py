"""Settlement over HTTP."""

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.values import Money
from kit.database import utc_now
from kit.errors import NotFound
from kit.problems import TextsDep
from kit.routing import ReadDep, WorkDep, service_router
from orders.base import AnyRow
from orders.cycles.endpoints import status_of
from orders.cycles.service import cycle_or_not_found
from orders.dependencies import OrdersSettingsDep, StaffDep, TreasurerDep
from orders.settlement import repository, schemas, service

router = service_router(prefix="/v1/cycles", tags=["settlement"])


@router.post("/{cycle_id}/settle")
async def settle_cycle(
    *,
    cycle_id: UUID,
    work: WorkDep,
    settings: OrdersSettingsDep,
    texts: TextsDep,
    _actor: TreasurerDep,
    body: schemas.NewSettlement | None = None,
) -> schemas.Settlement:
    """Settles a closed cycle to exactly zero: members are charged, producers and payees get what they are owed."""
    wish = service.Wish(body.uncollected if body else None)
    # Texts in the ledger are read by everybody: they are in the network's language, not in the treasurer's.
    language = settings.language
    await service.settle_cycle(work, cycle_id, wish, settings, lambda text, params: texts.say(language, text, params))
    return await _settlement(work.connection, cycle_id)


@router.get("/{cycle_id}/settlement")
async def get_settlement(cycle_id: UUID, connection: ReadDep, _actor: StaffDep) -> schemas.Settlement:
    """A cycle's books, and whether the ledger has posted them."""
    return await _settlement(connection, cycle_id)


async def _settlement(connection: AsyncConnection, cycle_id: UUID) -> schemas.Settlement:
    cycle = await cycle_or_not_found(connection, cycle_id)
    if cycle.settling_at is None:
        raise NotFound("not_settled", "This cycle has not been settled yet")
    rows = await repository.sums(connection, cycle_id)
    sales = await repository.sales(connection, cycle_id)
    parts = await repository.parts(connection, cycle_id)
    left = {row.currency: Money.of_minor(int(row.remaining), row.currency) for row in sales}
    return schemas.Settlement(
        cycle_id=cycle_id,
        status=status_of(cycle, utc_now()),
        charges=[_of_member(row) for row in rows if row.cause == "order"],
        payments=[_of_member(row) for row in rows if row.cause == "payment"],
        payables=[_of_member(row) for row in rows if row.cause == "payable"],
        fees=[
            schemas.FeeAmount(name=row.name, payee=_payee(row.account), amount=_amount(row))
            for row in rows
            if row.cause == "fee"
        ],
        adjustments=[Money.of_minor(int(row.adjusted), row.currency) for row in sales if row.adjusted],
        difference=left.get(cycle.currency, Money.of_minor(0, cycle.currency)),
        differences=list(left.values()),
        parts=parts.parts,
        posted=parts.posted,
    )


def _of_member(row: AnyRow) -> schemas.MemberAmount:
    return schemas.MemberAmount(member_id=UUID(row.account.removeprefix("member:")), amount=_amount(row))


def _amount(row: AnyRow) -> Money:
    return Money.of_minor(int(row.minor), row.currency)


def _payee(account: str) -> str:
    return {"network:fees": "network", "network:fund": "fund"}.get(account, account.removeprefix("member:"))


ROUTERS: tuple[APIRouter, ...] = (router,)
