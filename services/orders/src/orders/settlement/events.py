"""A settlement as the ledger is asked to post it."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from contracts.orders import Posting, SettlementComputed
from contracts.values import Money
from orders.settlement.rules import Cause, Entry

type Say = Callable[[str, Mapping[str, object]], str]

TEXTS: Mapping[Cause, str] = {
    "order": "Order {reference}",
    "payment": "Cash for order {reference}",
    "payable": "Delivery {reference}",
    "fee": "{reference}",
    "difference": "Difference between what was accepted and what was billed",
}


def computed(
    cycle_id: UUID,
    part_id: UUID,
    place: tuple[int, int],
    *,
    entries: Sequence[Entry],
    order_ids: Sequence[UUID],
    say: Say,
) -> SettlementComputed:
    """The part `place[0]` of `place[1]` of a cycle's settlement, with its texts in the network's language."""
    return SettlementComputed(
        part_id=part_id,
        cycle_id=cycle_id,
        part=place[0],
        parts=place[1],
        postings=[_posting(entry, say) for entry in entries],
        order_ids=list(order_ids),
    )


def _posting(entry: Entry, say: Say) -> Posting:
    return Posting(
        posting_id=entry.entry_id,
        debit=entry.debit,
        credit=entry.credit,
        amount=Money.of_minor(entry.minor, entry.currency),
        cause=entry.cause,
        cause_id=entry.cause_id,
        text=say(TEXTS[entry.cause], {"reference": entry.reference}),
    )
