"""What members and catalog say, noted here."""

from collections.abc import Sequence
from decimal import Decimal

from contracts.catalog import ProductPublished, ProductState, ProductWithdrawn, StockChanged, VariantState
from contracts.members import MemberAdmitted, MemberChanged, MemberLeft, MemberState
from kit.database import Work
from kit.messaging.events import Event, Subscription
from orders.cycles import service
from orders.cycles.repository import offers
from orders.cycles.rules.offers import SoldVariant


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
    )


SUBSCRIPTIONS = (
    Subscription(MemberAdmitted, on_member),
    Subscription(MemberChanged, on_member),
    Subscription(MemberLeft, on_member),
    Subscription(ProductPublished, on_product_published),
    Subscription(ProductWithdrawn, on_product_withdrawn),
    Subscription(StockChanged, on_stock_changed),
)
