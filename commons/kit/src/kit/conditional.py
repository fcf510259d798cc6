"""Reads that who has them already need not be sent again, and writes that name the version they change (RFC 9110)."""

import hashlib
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from kit.errors import PreconditionRequired
from kit.paging import link_next

#: To be kept by anyone, and asked about again each time.
PUBLIC = "public, no-cache"
#: For the caller's eyes only.
PRIVATE = "private, no-store"


def conditional(
    request: Request,
    body: bytes,
    *,
    media_type: str = "application/json",
    cache_control: str = PUBLIC,
    cursor: str | None = None,
) -> Response:
    """The body with its ETag, or 304 if the caller has it. ``cursor`` of the next page goes into the Link header."""
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"etag": etag, "cache-control": cache_control}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    response = (
        Response(status_code=304, headers=headers)
        if etag in known
        else Response(body, media_type=media_type, headers=headers)
    )
    link_next(request, response, cursor)
    return response


def version_tag(version: int) -> str:
    """The ETag of a thing that counts its versions."""
    return f'"{version}"'


async def _version(if_match: Annotated[str | None, Header(description="The ETag that you read")] = None) -> int | None:
    if if_match is None:
        raise PreconditionRequired("if_match_missing", "Send the ETag that you read as If-Match")
    tag = if_match.strip()
    if tag == "*":
        return None
    number = tag.removeprefix("W/").strip('"')
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


#: The version that the caller read and means to change; None for any (``*``), 0, which nothing has, for a foreign tag.
VersionDep = Annotated[int | None, Depends(_version)]
