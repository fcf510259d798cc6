"""Sharing what came: first come first served, in proportion, or equally. Quantities are whole grains (see `grain`).

Quantities that were ordered are filled before anybody's tolerance, under every policy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Literal
from uuid import UUID

from orders.cycles.rules.shares import apportion

Policy = Literal["first_come", "proportional", "equal"]
ReasonCode = Literal["in_full", "with_tolerance", "first_come_short", "proportional_short", "equal_short"]
#: Units that are weighed or measured out, down to a thousandth; others stay in their steps.
MEASURED = frozenset({"KGM", "LTR"})


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the append-only queue log: by how much a line's quantity and tolerance changed."""

    line_id: UUID
    quantity: int
    tolerance: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A place in the queue: what a line still wants from one of its changes."""

    line_id: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class Share:
    """What a line gets, and from what that follows."""

    line_id: UUID
    allocated: int
    quantity: int
    tolerance: int
    reason: ReasonCode
    #: What others had claimed before this line's last unfilled place in the queue; None where the queue has no say.
    before: int | None


def grain(unit: str, step: int, amounts: Iterable[int]) -> int:
    """The smallest part that can be shared out, in thousandths: one of them if weighed, else the variant's step."""
    return 1 if unit in MEASURED else gcd(step, *amounts)


def queue(log: Sequence[Change]) -> tuple[list[Claim], list[Claim]]:
    """What is left of the log's claims on quantity and on tolerance, in their order of arrival.

    A decrease takes from the same line's newest entries, so that it keeps its earlier places. Linear in the log.
    """
    return (
        _claims([(change.line_id, change.quantity) for change in log]),
        _claims([(change.line_id, change.tolerance) for change in log]),
    )


def _claims(changes: list[tuple[UUID, int]]) -> list[Claim]:
    amounts: list[int] = []
    owners: list[UUID] = []
    newest: dict[UUID, list[int]] = {}
    for line_id, change in changes:
        places = newest.setdefault(line_id, [])
        if change > 0:
            places.append(len(amounts))
            amounts.append(change)
            owners.append(line_id)
        left = -change
        while left > 0 and places:
            taken = min(left, amounts[places[-1]])
            amounts[places[-1]] -= taken
            left -= taken
            if amounts[places[-1]] == 0:
                places.pop()
    return [Claim(owner, amount) for owner, amount in zip(owners, amounts, strict=True) if amount]


def share(policy: Policy, available: int, log: Sequence[Change], step: int = 1) -> list[Share]:
    """What each line of the log gets of `available`, in order of first arrival.

    The shares add up to the lesser of what is available and what is wanted (in whole steps of `step`, except the
    last one of the queue under first come). Nobody gets more than quantity and tolerance.
    """
    quantities, tolerances = queue(log)
    wanted = _sums(quantities)
    extra = _sums(tolerances)
    lines = list(dict.fromkeys(change.line_id for change in log))
    given = _fill(policy, available, quantities, lines, step)
    left = available - sum(given.values())
    # Nothing that could be shared is left as long as a quantity is short.
    given_extra = _fill(policy, left, tolerances, lines, step)
    ahead = _ahead(quantities, given) if policy == "first_come" else {}
    return [
        _explained(policy, Claimed(line, wanted.get(line, 0), extra.get(line, 0)), given, given_extra, ahead)
        for line in lines
    ]


@dataclass(frozen=True, slots=True)
class Claimed:
    """All that a line claims."""

    line_id: UUID
    quantity: int
    tolerance: int


def _explained(
    policy: Policy, line: Claimed, given: Mapping[UUID, int], given_extra: Mapping[UUID, int], ahead: Mapping[UUID, int]
) -> Share:
    got, more = given.get(line.line_id, 0), given_extra.get(line.line_id, 0)
    if got < line.quantity:
        return Share(line.line_id, got, line.quantity, line.tolerance, _SHORT[policy], ahead.get(line.line_id))
    reason: ReasonCode = "with_tolerance" if more else "in_full"
    return Share(line.line_id, got + more, line.quantity, line.tolerance, reason, None)


_SHORT: dict[Policy, ReasonCode] = {
    "first_come": "first_come_short",
    "proportional": "proportional_short",
    "equal": "equal_short",
}


def _sums(claims: Sequence[Claim]) -> dict[UUID, int]:
    sums: dict[UUID, int] = {}
    for claim in claims:
        sums[claim.line_id] = sums.get(claim.line_id, 0) + claim.amount
    return sums


def _ahead(claims: Sequence[Claim], given: Mapping[UUID, int]) -> dict[UUID, int]:
    """For each line, what others had claimed before the first of its places that was not filled."""
    ahead: dict[UUID, int] = {}
    before = 0
    own: dict[UUID, int] = {}
    for claim in claims:
        mine = own.get(claim.line_id, 0)
        own[claim.line_id] = mine + claim.amount
        if own[claim.line_id] > given.get(claim.line_id, 0):
            ahead.setdefault(claim.line_id, before - mine)
        before += claim.amount
    return ahead


def _fill(policy: Policy, available: int, claims: Sequence[Claim], lines: Sequence[UUID], step: int) -> dict[UUID, int]:
    if policy == "first_come":
        return _first_come(available, claims)
    sums = _sums(claims)
    wanted = {line: sums[line] for line in lines if line in sums}
    if available >= sum(wanted.values()):
        return wanted
    steps = {line: amount // step for line, amount in wanted.items()}
    whole = min(available // step, sum(steps.values()))
    parts = apportion(whole, list(steps.values())) if policy == "proportional" else _level(whole, list(steps.values()))
    return {line: part * step for line, part in zip(steps, parts, strict=True)}


def _first_come(available: int, claims: Sequence[Claim]) -> dict[UUID, int]:
    given: dict[UUID, int] = {}
    for claim in claims:
        part = min(available, claim.amount)
        given[claim.line_id] = given.get(claim.line_id, 0) + part
        available -= part
    return given


def _level(whole: int, wanted: Sequence[int]) -> list[int]:
    """The same for all, as far as each wants it; what cannot be divided goes to those who came first."""
    parts = [0] * len(wanted)
    ascending = sorted(range(len(wanted)), key=lambda index: wanted[index])
    left = whole
    for position, index in enumerate(ascending):
        level = left // (len(ascending) - position)
        if wanted[index] > level:
            for rest in ascending[position:]:
                parts[rest] = level
            left -= level * (len(ascending) - position)
            break
        parts[index] = wanted[index]
        left -= wanted[index]
    for index, amount in enumerate(wanted):
        if left and parts[index] < amount:
            parts[index] += 1
            left -= 1
    return parts
