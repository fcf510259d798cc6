"""A delivery as those who keep the lots need to know it."""

from decimal import Decimal

from contracts.orders import DeliveredLine, DeliveryReceived
from orders.base import AnyRow


def delivery_fact(order: AnyRow, received: AnyRow) -> DeliveryReceived:
    """Everything that came of a purchase order by now, from its row with the newest receipts."""
    return DeliveryReceived(
        purchase_order_id=order.id,
        number=order.number,
        cycle_id=order.cycle_id,
        supplier_id=order.supplier_id,
        received_at=received.received_at,
        place=received.place,
        lines=[
            DeliveredLine(
                variant_id=line["variant_id"],
                accepted=Decimal(line["accepted"]),
                rejected=Decimal(line["rejected"]),
                reason=line["reason"],
                lot=line["lot"],
            )
            for line in order.lines
            if line["accepted"] is not None
        ],
    )
