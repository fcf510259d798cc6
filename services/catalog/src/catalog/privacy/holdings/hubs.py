"""Prices of pickup points and cycles for what a member offers. They end with who offers it, and stay: orders name them."""

from sqlalchemy import or_, select
from sqlalchemy.sql.expression import cast
from sqlalchemy.types import Text

from catalog.hubs.models import HubFeeRow, HubOfferRow
from catalog.hubs.service import forget
from kit.personal import MEMBER, Holding

__all__ = ["HOLDINGS", "NOBODYS", "forget"]

_OFFERS = select(HubOfferRow.id).where(HubOfferRow.member_id == MEMBER)

HOLDINGS = (
    Holding("hub_offers", select(HubOfferRow).where(HubOfferRow.member_id == MEMBER).order_by(HubOfferRow.id)),
    Holding(
        "hub_offer_fees",
        select(HubFeeRow).where(or_(HubFeeRow.hub_offer_id.in_(_OFFERS), HubFeeRow.payee == cast(MEMBER, Text))),
    ),
)
NOBODYS = {
    "known_cycles": "cycles that orders told of",
    "known_pickups": "where a cycle hands out",
}
