"""Which pages of other origins may call from a browser (the Fetch standard's CORS protocol). Pure."""

from collections.abc import Collection

type Headers = list[tuple[bytes, bytes]]

METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
#: What a page may send. Tokens travel in Authorization, never in cookies, so no credentials are allowed.
SENT = (
    b"Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Prefer, "
    b"Traceparent, X-Request-ID"
)
#: What a page may read.
READ = (
    b"Content-Language, Deprecation, ETag, Link, Location, Preference-Applied, RateLimit, RateLimit-Policy, "
    b"Retry-After, Sunset, X-Request-ID"
)


def answer_headers(origin: bytes, allowed: Collection[str]) -> Headers:
    """What every answer to a page of ``origin`` says. Empty when the origin is not allowed."""
    if "*" not in allowed and origin.decode("latin-1") not in allowed:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", READ),
        (b"vary", b"Origin"),
    ]


def preflight_headers() -> Headers:
    """What a browser asks before it lets a page call."""
    return [
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", SENT),
        (b"access-control-max-age", b"3600"),
    ]
