"""Lots, what became of them, and what of them went into whose orders."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select, update

from catalog.lots.models import Lot, LotDelivery, LotEvent, LotFlow, LotLine, LotLoss, Recipe
from kit.database import Work
from kit.personal import MEMBER, Holding

_LOTS = select(Lot.id).where(or_(Lot.member_id == MEMBER, Lot.producer_id == MEMBER))
_LINES = select(LotLine.line_id).where(LotLine.member_id == MEMBER)
_FLOWS = or_(LotFlow.lot_id.in_(_LOTS), LotFlow.line_id.in_(_LINES))
_EVENTS = select(LotFlow.event_seq).where(_FLOWS)

HOLDINGS = (
    Holding("lots", select(Lot).where(Lot.id.in_(_LOTS)).order_by(Lot.id)),
    Holding("lot_flows", select(LotFlow).where(_FLOWS).order_by(LotFlow.id)),
    Holding("lot_events", select(LotEvent).where(LotEvent.seq.in_(_EVENTS)).order_by(LotEvent.seq)),
    Holding("lot_losses", select(LotLoss).where(LotLoss.event_seq.in_(_EVENTS)).order_by(LotLoss.event_seq)),
    Holding("lots_of_orders", select(LotLine).where(LotLine.member_id == MEMBER).order_by(LotLine.line_id)),
    Holding("lot_deliveries", select(LotDelivery).where(LotDelivery.supplier_id == MEMBER)),
    Holding("recipes", select(Recipe).where(Recipe.member_id == MEMBER).order_by(Recipe.id)),
)
NOBODYS = {"lot_series": "the last number of a year"}


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """What was made, and what became of it, stays: others ate it. What was noted beside it goes."""
    mine = or_(Lot.member_id.in_(member_ids), Lot.producer_id.in_(member_ids))
    lots = select(Lot.id).where(mine)
    events = select(LotFlow.event_seq).where(LotFlow.lot_id.in_(lots))
    await work.execute(update(LotEvent).where(LotEvent.seq.in_(events), LotEvent.note != "").values(note=""))
    await work.execute(update(Lot).where(mine).values(note="", code=None, plot_id=None, changed_at=work.now))
    await work.execute(update(Recipe).where(Recipe.member_id.in_(member_ids)).values(note="", changed_at=work.now))
