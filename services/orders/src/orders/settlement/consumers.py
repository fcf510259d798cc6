"""What the ledger says of a settlement."""

from collections.abc import Sequence

from contracts.members import SettlementPosted
from kit.database import Work
from kit.messaging.events import Event, Subscription
from orders.settlement import service


async def on_settlement_posted(work: Work, events: Sequence[Event[SettlementPosted]]) -> None:
    """A part is in the ledger."""
    await service.posted(work, [event.data.part_id for event in events])


SUBSCRIPTIONS = (Subscription(SettlementPosted, on_settlement_posted),)
