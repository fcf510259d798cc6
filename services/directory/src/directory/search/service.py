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
    """A page, and the cursor of the next one."""
    order = _order(query)
    after = _place(order, query.after)
    terms = rules.terms(query.q)
    if query.q.strip() and not terms:
        return Found("[]", None), None
    asked = rules.asked(query.q, await repository.known_words(connection, terms)) if terms else None
    wanted = Wanted(
        asked=asked,
        boxes=rules.parse_box(query.bbox).parts() if query.bbox else [],
        near=rules.parse_point(query.near) if query.near else None,
        activity=code(query.activity) if query.activity else None,
        after=after,
        limit=query.limit,
    )
    found = await repository.page(connection, wanted, shape)
    return found, [order, *found.next] if found.next else None


#: The orders that a list may be in, and what their sort keys are.
_KEYS: Mapping[str, type | tuple[type, ...]] = {"near": (int, float), "best": int, "name": str}
#: No distance in metres and no rank comes near it.
_LARGEST = 10**9


def _order(query: Query) -> str:
    if query.near:
        return "near"
    return "best" if rules.terms(query.q) else "name"


def _place(order: str, cursor: list[Any] | None) -> Place | None:
    """The place in a cursor. Raises Invalid for the cursor of another list."""
    if cursor is None:
        return None
    try:
        its_order, key, entity_id = cursor
        place = key, UUID(entity_id)
        str(key).encode()
    except (ValueError, TypeError, AttributeError):
        raise _stale() from None
    fits = its_order == order and isinstance(key, _KEYS[order]) and not isinstance(key, bool)
    if not fits or (not isinstance(key, str) and not -_LARGEST < key < _LARGEST) or "\0" in str(key):
        raise _stale()
    return place


def _stale() -> Invalid:
    return Invalid("cursor_invalid", "This cursor can't be read; start again without one")
