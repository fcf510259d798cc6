"""Public reads: an ETag of what is answered, so that who has it already need not be sent it again (RFC 9110)."""

import hashlib

from fastapi import Request, Response


def conditional(request: Request, body: bytes) -> Response:
    """The body as JSON with its ETag, or 304 if the caller has it. To be asked about again each time."""
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"etag": etag, "cache-control": "public, no-cache"}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
