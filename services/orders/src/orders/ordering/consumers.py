"""What catalog and members answer to an order."""

from collections.abc import Sequence

from contracts.catalog import StockRefused, StockReserved
from contracts.members import FundsHeld, FundsRefused
from kit.database import Work
from kit.messaging.events import Event, Subscription
from orders.ordering import service
from orders.ordering.rules.saga import Given, Reason


async def on_stock_reserved(work: Work, events: Sequence[Event[StockReserved]]) -> None:
    """The catalog keeps what was ordered."""
    await service.answered(work, "stock", {event.data.order_id: Given("granted") for event in events})


async def on_stock_refused(work: Work, events: Sequence[Event[StockRefused]]) -> None:
    """The catalog keeps nothing, and says which lines were too much."""
    answers = {event.data.order_id: Given("refused", _stock_reasons(event.data)) for event in events}
    await service.answered(work, "stock", answers)


async def on_funds_held(work: Work, events: Sequence[Event[FundsHeld]]) -> None:
    """The member's account holds what the order may cost."""
    await service.answered(work, "funds", {event.data.order_id: Given("granted") for event in events})


async def on_funds_refused(work: Work, events: Sequence[Event[FundsRefused]]) -> None:
    """The member's account does not hold enough, or the member may not order."""
    answers = {event.data.order_id: Given("refused", _funds_reasons(event.data)) for event in events}
    await service.answered(work, "funds", answers)


def _stock_reasons(refused: StockRefused) -> list[Reason]:
    return [reason.model_dump(mode="json") for reason in refused.reasons] or [{"code": "not_enough_stock"}]


def _funds_reasons(refused: FundsRefused) -> list[Reason]:
    reasons: list[Reason] = [
        {"code": refused.code, **shortfall.model_dump(mode="json")} for shortfall in refused.shortfalls
    ]
    return reasons or [{"code": refused.code}]


SUBSCRIPTIONS = (
    Subscription(StockReserved, on_stock_reserved),
    Subscription(StockRefused, on_stock_refused),
    Subscription(FundsHeld, on_funds_held),
    Subscription(FundsRefused, on_funds_refused),
)
