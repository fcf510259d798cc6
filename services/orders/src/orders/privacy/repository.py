"""Where the orders piece keeps what is about a member."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Text, cast, literal, or_, select, text, update

from kit.database import Work
from kit.personal import MEMBER, NOBODY, Holding
from orders.cycles.models import (
    CycleFee,
    CycleOffer,
    CycleSupplier,
    DiagnosisCopy,
    HubOfferCopy,
    HubPrice,
    Member,
    Variant,
)
from orders.cycles.repository import hubs
from orders.ordering.models import Order, OrderLine, QueueEntry
from orders.purchasing.models import PurchaseOrder, PurchaseOrderLine
from orders.recalls.models import RecallAnswer, RecallLine
from orders.receiving.models import Receipt
from orders.settlement.models import SettlementEntry

_ORDERS = select(Order.id).where(Order.member_id == MEMBER)
_LINES = select(OrderLine.id).where(OrderLine.order_id.in_(_ORDERS))
_PURCHASES = select(PurchaseOrder.id).where(PurchaseOrder.supplier_id == MEMBER)
_VARIANTS = select(Variant.id).where(Variant.producer_id == MEMBER)
_ACCOUNT = literal("member:") + cast(MEMBER, Text)

HOLDINGS = (
    Holding("member", select(Member).where(Member.id == MEMBER)),
    Holding("orders", select(Order).where(Order.member_id == MEMBER).order_by(Order.placed_at)),
    Holding("order_lines", select(OrderLine).where(OrderLine.order_id.in_(_ORDERS)).order_by(OrderLine.order_id)),
    Holding("queue", select(QueueEntry).where(QueueEntry.line_id.in_(_LINES)).order_by(QueueEntry.id)),
    Holding("sold", select(OrderLine).where(OrderLine.producer_id == MEMBER).order_by(OrderLine.order_id)),
    Holding("offers", select(Variant).where(Variant.producer_id == MEMBER)),
    Holding("offers_in_cycles", select(CycleOffer).where(CycleOffer.variant_id.in_(_VARIANTS))),
    Holding("diagnoses", select(DiagnosisCopy).where(DiagnosisCopy.producer_id == MEMBER)),
    Holding("hub_offers", select(HubOfferCopy).where(HubOfferCopy.producer_id == MEMBER)),
    Holding("hub_prices", select(HubPrice).where(HubPrice.variant_id.in_(_VARIANTS))),
    Holding("supplies_cycles", select(CycleSupplier).where(CycleSupplier.supplier_id == MEMBER)),
    Holding("fees_received", select(CycleFee).where(CycleFee.payee == _ACCOUNT)),
    Holding("purchase_orders", select(PurchaseOrder).where(PurchaseOrder.supplier_id == MEMBER)),
    Holding(
        "purchase_order_lines", select(PurchaseOrderLine).where(PurchaseOrderLine.purchase_order_id.in_(_PURCHASES))
    ),
    Holding("receipts", select(Receipt).where(Receipt.purchase_order_id.in_(_PURCHASES)).order_by(Receipt.id)),
    Holding("recalls", select(RecallLine).where(RecallLine.member_id == MEMBER).order_by(RecallLine.recall_id)),
    Holding("recall_answers", select(RecallAnswer).where(RecallAnswer.member_id == MEMBER)),
    Holding(
        "settlement",
        select(SettlementEntry).where(or_(SettlementEntry.debit == _ACCOUNT, SettlementEntry.credit == _ACCOUNT)),
    ),
)
#: Tables without a word about a member, and why.
NOBODYS = {
    "recall": "what was recalled, and why",
    "pickup_point": "places of the network",
    "cycle": "dates and rules of a cycle",
    "cycle_pickup": "when a cycle is handed over where",
    "stock_level": "what is left of a variant",
    "settlement_part": "which part of a settlement the ledger has",
}

#: In a list of a price's parts, those that carry the name of one of these producers lose it.
_PARTS = """
(SELECT jsonb_agg(CASE WHEN part ->> 'payee' = ANY(CAST(:payees AS text[])) AND part ->> 'name' = ANY({names})
                       THEN jsonb_set(part, '{{name}}', to_jsonb(CAST(:nobody AS text))) ELSE part END ORDER BY place)
 FROM jsonb_array_elements({parts}) WITH ORDINALITY AS p (part, place))
"""
_FORGET_OFFERS = text(f"""
UPDATE cycle_offer AS o SET document = o.document || jsonb_build_object(
    'producer', jsonb_build_object('id', v.producer_id, 'name', CAST(:nobody AS text)),
    'description', '',
    'breakdown', {_PARTS.format(names="ARRAY[o.document #>> '{producer,name}']", parts="o.document -> 'breakdown'")})
FROM variant AS v WHERE v.id = o.variant_id AND v.producer_id = ANY(CAST(:members AS uuid[]))
""")  # noqa: S608 - made of texts of ours
_FORGET_BREAKDOWNS = text(f"""
UPDATE orders AS o SET breakdown = {_PARTS.format(names="sold.names", parts="o.breakdown")}
FROM (SELECT order_id, array_agg(producer_name) AS names FROM order_line
      WHERE producer_id = ANY(CAST(:members AS uuid[])) GROUP BY order_id) AS sold
WHERE sold.order_id = o.id
""")  # noqa: S608 - made of texts of ours

# What making something cost them goes out of the orders too; what was paid stays.
_FORGET_COSTS = text("""
UPDATE order_line SET diagnosis = NULL, parts = jsonb_set(parts, '{made_of}', 'null')
WHERE producer_id = ANY(CAST(:members AS uuid[])) AND diagnosis IS NOT NULL
""")
_FORGET_COSTS_OF_OFFERS = text("""
UPDATE cycle_offer o SET diagnosis = NULL,
  document = jsonb_set(o.document, '{explained}', 'null') #- '{breakdown,0,made_of}'
FROM variant v WHERE v.id = o.variant_id AND v.producer_id = ANY(CAST(:members AS uuid[])) AND o.diagnosis IS NOT NULL
""")


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Takes their names out of everything. Orders, purchases and settlements stay, with the member's id."""
    await work.execute(update(Member).where(Member.id.in_(member_ids)).values(name=NOBODY, status="left"))
    await work.execute(
        update(Variant).where(Variant.producer_id.in_(member_ids)).values(producer_name=NOBODY, description="")
    )
    who = {"nobody": NOBODY, "members": list(member_ids), "payees": [str(member_id) for member_id in member_ids]}
    await work.execute(_FORGET_OFFERS, who)
    await hubs.forget(work.connection, member_ids)
    await work.execute(_FORGET_COSTS, {"members": who["members"]})
    await work.execute(_FORGET_COSTS_OF_OFFERS, {"members": who["members"]})
    # Before the lines: they say under which name the order showed the producer.
    await work.execute(_FORGET_BREAKDOWNS, who)
    await work.execute(update(OrderLine).where(OrderLine.producer_id.in_(member_ids)).values(producer_name=NOBODY))
    await work.execute(update(RecallAnswer).where(RecallAnswer.member_id.in_(member_ids)).values(note=""))
    await work.execute(
        update(PurchaseOrder).where(PurchaseOrder.supplier_id.in_(member_ids)).values(supplier_name=NOBODY)
    )
