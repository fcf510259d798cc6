"""A search, from what was typed to a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from directory.search import repository, rules
from directory.search.repository import Found, Place, Shape, Wanted
from directory.wording.rules import code
from kit.errors import Invalid
from kit.seeking import Known, terms


@dataclass(frozen=True)
class Query:
    """What somebody looks for; nothing means everything, in the order of names."""

    q: str
    bbox: str | None
    near: str | None
    activity: str | None
    limit: int
    after: list[Any] | None


async def find(connection: AsyncConnection, query: Query, shape: Shape) -> tuple[Found, list[Any] | None]:
    """A page, and the cursor of the next one. Where nothing is found, every word is taken for mistyped."""
    looked_for = terms(query.q)
    if query.q.strip() and not looked_for:
        return Found("[]", None), None
    order, after = _place(query)
    known = await repository.known_words(connection, looked_for) if looked_for else {}
    found = await repository.page(connection, _wanted(query, order, known, after), shape)
    if order == "best" and found.empty and after is None:
        order = "loose"
        found = await repository.page(connection, _wanted(query, order, known, after), shape)
    return found, [order, *found.next] if found.next else None


def _wanted(query: Query, order: str, known: Mapping[str, Known], after: Place | None) -> Wanted:
    return Wanted(
        asked=rules.asked(query.q, known, loose=order == "loose") if known else None,
        boxes=rules.parse_box(query.bbox).parts() if query.bbox else [],
        near=rules.parse_point(query.near) if query.near else None,
        activity=code(query.activity) if query.activity else None,
        after=after,
        limit=query.limit,
    )


#: The orders that a list may be in, and what their sort keys are.
_KEYS: Mapping[str, type | tuple[type, ...]] = {"near": (int, float), "best": int, "loose": int, "name": str}
#: No distance in metres and no rank comes near it.
_LARGEST = 10**9


def _place(query: Query) -> tuple[str, Place | None]:
    """The order of the list, and where to go on. Raises Invalid for the cursor of another list."""
    orders = ("near",) if query.near else ("best", "loose") if terms(query.q) else ("name",)
    if query.after is None:
        return orders[0], None
    try:
        order, key, entity_id = query.after
        place = key, UUID(entity_id)
        str(key).encode()
    except (ValueError, TypeError, AttributeError):
        raise _stale() from None
    if order not in orders or not isinstance(key, _KEYS[order]) or isinstance(key, bool) or "\0" in str(key):
        raise _stale()
    if isinstance(key, int | float) and not -_LARGEST < key < _LARGEST:
        raise _stale()
    return order, place


def _stale() -> Invalid:
    return Invalid("cursor_invalid", "This cursor can't be read; start again without one")
