"""Confirm, reject or wait: the one decision of the order saga."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

#: ``skipped`` where the piece that would answer is not deployed.
Answer = Literal["skipped", "granted", "refused"]
Outcome = Literal["wait", "confirm", "reject", "leave"]
Reason = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """Where an order is: its status, what has been answered so far and until when it may wait."""

    status: str
    deadline: datetime


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
    more, for the others may have let go by then. An order that is no longer `placed` is left alone, however
    often and late the answers come.
    """
    if order.status != "placed":
        return Decision("leave")
    refusals = tuple(
        reason for given in (stock, funds) if given and given.answer == "refused" for reason in given.reasons
    )
    if any(given is not None and given.answer == "refused" for given in (stock, funds)):
        return Decision("reject", refusals)
    if now > order.deadline:
        return Decision("reject", ({"code": "no_answer_in_time"},))
    if stock is None or funds is None:
        return Decision("wait")
    return Decision("confirm")
