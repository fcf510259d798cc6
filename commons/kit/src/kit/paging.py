"""Lists are read by keyset: the next page starts after the last row seen, however long the list has grown."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from kit.errors import Invalid


class Page[T](BaseModel):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(default=None, description="Send it as `after` for the next page; null on the last")


class PageParams(BaseModel):
    """How many rows, and the sort key of the last one seen."""

    limit: int
    after: list[Any] | None

    def key[T](self, read: Callable[[list[Any]], T]) -> T | None:
        """The sort key as the list knows it. Raises Invalid where ``read`` can't make sense of it: another list's."""
        if self.after is None:
            return None
        try:
            return read(self.after)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            raise unreadable() from error


def unreadable() -> Invalid:
    return Invalid("cursor_invalid", "This cursor can't be read; start again without one")


def instant(value: object) -> datetime:
    """A point in time out of a sort key. Raises ValueError."""
    found = datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        raise ValueError("without a zone")
    return found


def whole(value: object) -> int:
    """A whole number out of a sort key. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("not a whole number")
    return value


def encode_cursor(values: Sequence[Any]) -> str:
    """An opaque cursor from the sort key of the last row of a page."""
    raw = json.dumps(list(values), default=str, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str) -> list[Any]:
    """The sort key in a cursor. Raises Invalid for a text that is none."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable() from error
    if not isinstance(values, list) or len(values) > 8:
        raise unreadable()
    return values


async def _page(
    limit: Annotated[int, Query(ge=1, le=200, description="Rows a page")] = 50,
    after: Annotated[str | None, Query(max_length=1000, description="`next` of the page before")] = None,
) -> PageParams:
    return PageParams(limit=limit, after=decode_cursor(after) if after else None)


PageDep = Annotated[PageParams, Depends(_page)]


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Names the next page in a Link header (RFC 8288), too."""
    if cursor:
        query = request.url.include_query_params(after=cursor).query
        response.headers["link"] = f'<?{query}>; rel="next"'
