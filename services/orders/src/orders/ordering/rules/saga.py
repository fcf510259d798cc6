"""Confirm, reject or wait: the one decision of the order saga."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

#: ``skipped`` where the piece that would answer is not deployed.
Answer = Literal["skipped", "granted", "refused"]
Outcome = Literal["wait", "confirm", "reject", "alarm", "leave"]
Reason = Mapping[str, Any]
#: Confirmed, and not settled yet.
UNDER_WAY = frozenset({"confirmed", "ready", "collected"})


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """Where an order is: its status, until when it may wait, and whether what came for it has been shared out."""

    status: str
    deadline: datetime
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """An answer of catalog or members, with the reasons of a refusal."""

    answer: Answer
    reasons: Sequence[Reason] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with the order; reasons belong to a rejection."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()


def decide(order: OrderStanding, stock: Given | None, funds: Given | None, now: datetime) -> Decision:
    """What follows from the answers so far; None is an answer still to come.

    A refusal rejects at once, without waiting for the other answer. After the deadline nothing is confirmed any
    more, for the others may have let go by then. A refusal of what was confirmed (its hold or reservation had run out
    when the confirmation came, and could not be had again) rejects it after all, while nothing has been shared out: no
    order stands without its money and goods. Later than that somebody has to look at it. Whatever else comes for an
    order that is no longer `placed` changes nothing, however often and late.
    """
    refusals = tuple(
        reason for given in (stock, funds) if given and given.answer == "refused" for reason in given.reasons
    )
    refused = any(given is not None and given.answer == "refused" for given in (stock, funds))
    if order.status in UNDER_WAY and refused:
        return Decision("reject" if order.status == "confirmed" and not order.shared else "alarm", refusals)
    if order.status != "placed":
        return Decision("leave")
    if refused:
        return Decision("reject", refusals)
    if now > order.deadline:
        return Decision("reject", ({"code": "no_answer_in_time"},))
    if stock is None or funds is None:
        return Decision("wait")
    return Decision("confirm")
