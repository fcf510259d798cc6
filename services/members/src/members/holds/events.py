"""What orders is told about the money."""

from contracts.members import FundsHeld, FundsRefused, SettlementPosted, Shortfall
from contracts.orders import SettlementComputed
from contracts.values import Money
from members.holds.rules import Request, Verdict


def held(asked: Request) -> FundsHeld:
    return FundsHeld(
        order_id=asked.order_id,
        member_id=asked.member_id,
        holds=[Money.of_minor(amount, currency) for currency, amount in sorted(asked.amounts.items())],
    )


def refused(verdict: Verdict) -> FundsRefused:
    """Raises ValueError for one that was granted."""
    if verdict.refusal is None:
        raise ValueError("nothing was refused")
    return FundsRefused(
        order_id=verdict.request.order_id,
        member_id=verdict.request.member_id,
        code=verdict.refusal,
        shortfalls=[
            Shortfall(
                needed=Money.of_minor(shortage.needed, shortage.currency),
                available=Money.of_minor(shortage.available, shortage.currency),
            )
            for shortage in verdict.shortages
        ],
    )


def posted(part: SettlementComputed) -> SettlementPosted:
    return SettlementPosted(part_id=part.part_id, cycle_id=part.cycle_id, part=part.part, parts=part.parts)
