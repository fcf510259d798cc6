"""What members and catalog say, noted here."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from contracts.catalog import (
    DiagnosisPublished,
    DiagnosisState,
    DiagnosisWithdrawn,
    HubOffered,
    HubOfferState,
    HubOfferWithdrawn,
    ProductPublished,
    ProductState,
    ProductWithdrawn,
    StockChanged,
    VariantState,
)
from contracts.members import MemberAdmitted, MemberChanged, MemberLeft, MemberState
from kit.database import Work
from kit.messaging.events import Event, Subscription
from orders.cycles import service
from orders.cycles.repository import offers
from orders.cycles.rules.explained import CostShare, Diagnosis
from orders.cycles.rules.hubs import HubFee, HubOffer
from orders.cycles.rules.offers import SoldVariant

_SHOWN = {
    "tax_rate",
    "tax_included",
    "net_content",
    "deposit",
    "piece_weight",
    "season",
    "season_ends_on",
    "session",
}


async def on_member(work: Work, events: Sequence[Event[MemberState]]) -> None:
    """Keeps who is called how and may order."""
    await offers.save_members(
        work.connection,
        [
            {
                "id": str(event.data.member_id),
                "number": event.data.number,
                "name": event.data.name,
                "status": event.data.status,
            }
            for event in events
        ],
    )


async def on_product_published(work: Work, events: Sequence[Event[ProductPublished]]) -> None:
    """Offers the products' variants in the cycles of their producers."""
    variants = [_sold(event.data, variant) for event in events for variant in event.data.variants]
    await service.publish_variants(work, [event.data.product_id for event in events], variants)


async def on_product_withdrawn(work: Work, events: Sequence[Event[ProductWithdrawn]]) -> None:
    """Takes them off."""
    await service.publish_variants(work, [event.data.product_id for event in events], [])


async def on_stock_changed(work: Work, events: Sequence[Event[StockChanged]]) -> None:
    """Notes what is left, to be shown; whether an order gets it is the catalog's word."""
    await offers.save_stock(work.connection, [(event.data.variant_id, event.data.available) for event in events])


async def on_diagnosis_published(work: Work, events: Sequence[Event[DiagnosisPublished]]) -> None:
    """Offers say from now on how their price is made up."""
    facts = [event.data for event in events]
    await service.explain(work, [_diagnosis(fact) for fact in facts], [fact.season_starts for fact in facts])


async def on_diagnosis_withdrawn(work: Work, events: Sequence[Event[DiagnosisWithdrawn]]) -> None:
    """And don't any more."""
    await service.explain(work, [], [], [(event.data.diagnosis_id, event.data.product_id) for event in events])


async def on_hub_offered(work: Work, events: Sequence[Event[HubOffered]]) -> None:
    """A price of a pickup point or a cycle holds from its instant on."""
    await service.offer_at_hubs(work, [(_hub_offer(event.data), event.data.producer_id) for event in events])


async def on_hub_offer_withdrawn(work: Work, events: Sequence[Event[HubOfferWithdrawn]]) -> None:
    """The more general price holds again."""
    await service.offer_at_hubs(work, [], {event.data.hub_offer_id for event in events})


def _diagnosis(fact: DiagnosisState) -> Diagnosis:
    return Diagnosis(
        id=fact.diagnosis_id,
        product_id=fact.product_id,
        producer_id=fact.producer_id,
        variant_id=fact.variant_id,
        unit=fact.unit,
        season=fact.season,
        season_starts=fact.season_starts.isoformat(),
        costs=tuple(CostShare(part.kind, part.per_unit.minor) for part in fact.costs),
        cost=fact.cost.minor,
        fair_price=fact.fair_price.minor,
    )


def _hub_offer(fact: HubOfferState) -> HubOffer:
    return HubOffer(
        id=fact.hub_offer_id,
        variant_id=fact.variant_id,
        pickup_point_id=fact.pickup_point_id,
        cycle_id=fact.cycle_id,
        price=fact.price.minor,
        fees=tuple(HubFee(fee.name, fee.payee, fee.amount.minor) for fee in fact.fees),
        valid_from=fact.valid_from,
        valid_until=fact.valid_until,
        exclusive=fact.exclusive,
    )


def _extras(product: ProductState, variant: VariantState) -> dict[str, Any]:
    """What is only shown. A deposit is shown too: it is charged and given back at pickup, not yet with the order."""
    said = variant.model_dump(mode="json", include=_SHOWN)
    return said | {"allergens": product.allergens.model_dump(mode="json") if product.allergens else None}


def _sold(product: ProductState, variant: VariantState) -> SoldVariant:
    step = variant.step or Decimal("0.001")
    return SoldVariant(
        id=variant.variant_id,
        product_id=product.product_id,
        producer_id=product.producer_id,
        producer_name=product.producer_name,
        name=product.name,
        variant_name=variant.name,
        kind=product.kind,
        description=product.description,
        category=product.category,
        practices=tuple(product.practices),
        unit=variant.unit,
        price=variant.price.minor,
        case_size=variant.case_size or step,
        step=step,
        minimum=variant.minimum,
        variable_weight=variant.variable_weight,
        credit_share=variant.credit_share,
        stock_policy=variant.stock_policy,
        extras=_extras(product, variant),
    )


SUBSCRIPTIONS = (
    Subscription(MemberAdmitted, on_member),
    Subscription(MemberChanged, on_member),
    Subscription(MemberLeft, on_member),
    Subscription(ProductPublished, on_product_published),
    Subscription(ProductWithdrawn, on_product_withdrawn),
    Subscription(StockChanged, on_stock_changed),
    Subscription(DiagnosisPublished, on_diagnosis_published),
    Subscription(DiagnosisWithdrawn, on_diagnosis_withdrawn),
    Subscription(HubOffered, on_hub_offered),
    Subscription(HubOfferWithdrawn, on_hub_offer_withdrawn),
)
