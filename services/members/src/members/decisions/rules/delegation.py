"""Who votes for whom: chains are followed, circles lead nowhere, and one's own vote beats any delegation."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from kit.errors import Conflict, Invalid


@dataclass(frozen=True)
class Representation:
    """A member's vote was cast by another, ``depth`` delegations away."""

    member_id: UUID
    voter_id: UUID
    depth: int


def chain(start: UUID, delegates: Mapping[UUID, UUID]) -> Iterator[UUID]:
    """The members to whom a vote is handed on, in order; ends before it would come to one of them again."""
    seen = {start}
    at = delegates.get(start)
    while at is not None and at not in seen:
        yield at
        seen.add(at)
        at = delegates.get(at)


def represented(delegates: Mapping[UUID, UUID], voted: Collection[UUID]) -> dict[UUID, Representation]:
    """The members who did not vote and whose vote somebody cast: the first of their chain who voted.

    A chain that ends with one who did not vote, or in a circle, is not counted.
    """
    found: dict[UUID, Representation] = {}
    for member_id in delegates:
        if member_id in voted:
            continue
        for depth, at in enumerate(chain(member_id, delegates), start=1):
            if at in voted:
                found[member_id] = Representation(member_id, at, depth)
                break
    return found


def check(member_id: UUID, delegate_id: UUID, delegates: Mapping[UUID, UUID]) -> None:
    """Raises Invalid for a delegation to oneself, Conflict for one that would close a circle.

    ``delegates`` are the delegations as they are without this one.
    """
    if member_id == delegate_id:
        raise Invalid("delegate_is_oneself", "Name another member", field="/delegate_id")
    if member_id in chain(delegate_id, delegates):
        raise Conflict(
            "delegation_circle",
            "That member's vote comes back to this one; a circle counts for nobody",
            field="/delegate_id",
        )
