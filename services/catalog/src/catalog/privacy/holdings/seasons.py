"""Season plans."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update

from catalog.seasons.models import PlanChange, PlannedWeek, SeasonPlan
from kit.database import Work
from kit.personal import MEMBER, Holding

_PLANS = select(SeasonPlan.id).where(SeasonPlan.member_id == MEMBER)

HOLDINGS = (
    Holding("season_plans", select(SeasonPlan).where(SeasonPlan.member_id == MEMBER).order_by(SeasonPlan.id)),
    Holding("planned_weeks", select(PlannedWeek).where(PlannedWeek.plan_id.in_(_PLANS)).order_by(PlannedWeek.week)),
    Holding("plan_changes", select(PlanChange).where(PlanChange.plan_id.in_(_PLANS)).order_by(PlanChange.id)),
)
NOBODYS = {
    "crops": "what products of several producers are",
    "product_crops": "which product counts as which crop",
    "season_pickups": "when and where cycles are collected",
    "season_orders": "what an order asks for; whose it is, the orders piece tells",
    "season_demand": "sums over orders",
}


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """What was planned stays, for it was counted on; what was noted beside it goes."""
    await work.execute(update(SeasonPlan).where(SeasonPlan.member_id.in_(member_ids)).values(note=""))
