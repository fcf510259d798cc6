"""Lists are read by keyset: the next page starts after the last row seen, however long the list has grown."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from kit.errors import Invalid


class Page[T](BaseModel):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(default=None, description="Send it as `after` for the next page; null on the last")


class PageParams(BaseModel):
    limit: int
    after: list[Any] | None


def encode_cursor(values: Sequence[Any]) -> str:
    """An opaque cursor from the sort key of the last row of a page."""
    raw = json.dumps(list(values), default=str, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str) -> list[Any]:
    """The sort key in a cursor. Raises Invalid for a text that is none."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("cursor_invalid", "This cursor can't be read; start again without one") from error
    if not isinstance(values, list) or len(values) > 8:
        raise Invalid("cursor_invalid", "This cursor can't be read; start again without one")
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
