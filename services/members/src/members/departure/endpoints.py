"""HTTP of departures."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from contracts.values import Money
from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.database import utc_now
from kit.routing import ReadDep, WorkDep, service_router
from members.departure import service
from members.departure.schemas import AgreementOut, ItemOut, LeavingOut, NewSettlement
from members.departure.service import Departure, Settlement
from members.dependencies import SettingsDep

router = service_router(prefix="/v1/members", tags=["members"])
ROUTERS = (router,)

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]


def _shown(member_id: UUID, found: Departure) -> LeavingOut:
    return LeavingOut(
        member_id=member_id,
        status=found.status,
        since=found.since,
        items=[
            ItemOut(
                kind=item.kind,
                amount=Money.of_minor(item.amount, item.currency),
                id=item.id,
                number=item.number,
                due_on=item.due_on,
                open=item.open,
            )
            for item in found.items
        ],
        agreements=[
            AgreementOut(
                id=one.id,
                how=one.how,
                amount=Money.of_minor(one.amount, one.currency),
                due_on=one.due_on,
                reason=one.reason,
                at=one.at,
                by=one.by,
            )
            for one in found.agreements
        ],
        settled=found.settled,
        closed_at=found.closed_at,
    )


@router.get("/{member_id}/leaving")
async def get_leaving(member_id: UUID, connection: ReadDep, settings: SettingsDep, actor: ActorDep) -> LeavingOut:
    """What stands open with a member: balances, orders under way, invoices, loans, shares. To the member itself,
    coordinators and the treasurer; also before it leaves, and when a former member applies again."""
    return _shown(member_id, await service.visible(connection, settings, actor, member_id, utc_now()))


@router.post("/{member_id}/leaving/settlements", status_code=201)
async def settle_leaving(
    member_id: UUID, body: NewSettlement, work: WorkDep, settings: SettingsDep, actor: ActorDep
) -> LeavingOut:
    """Settles some of what stands open with a member whose membership has ended, by the treasurer; the member itself may
    donate what is its own. When nothing is left the departure is closed."""
    wanted = Settlement(**body.model_dump(exclude={"amount"}), amount=body.amount)
    return _shown(member_id, await service.settle(work, settings, actor, member_id, wanted))


@router.post("/{member_id}/leaving/close")
async def close_leaving(member_id: UUID, work: WorkDep, settings: SettingsDep, actor: TreasurerDep) -> LeavingOut:
    """Closes a departure in which nothing is left open."""
    return _shown(member_id, await service.close(work, settings, member_id, by=actor.user_id))
