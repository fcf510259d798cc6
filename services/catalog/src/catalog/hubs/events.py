"""From hub offers to the contract's events."""

from catalog.hubs.rules import HubOffer
from contracts.catalog import HubFee, HubOfferState


def hub_offer_fact[F: HubOfferState](fact: type[F], offer: HubOffer) -> F:
    """The fact of that kind with the whole offer."""
    return fact(
        hub_offer_id=offer.id,
        variant_id=offer.sold.variant_id,
        product_id=offer.sold.product_id,
        producer_id=offer.sold.member_id,
        pickup_point_id=offer.pickup_point_id,
        cycle_id=offer.cycle_id,
        price=offer.price,
        fees=[HubFee(name=fee.name, amount=fee.amount, payee=fee.payee) for fee in offer.fees],
        valid_from=offer.valid_from,
        valid_until=offer.valid_until,
        exclusive=offer.exclusive,
    )
