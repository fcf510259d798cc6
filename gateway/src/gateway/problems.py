"""Errors as ``application/problem+json`` (RFC 9457), as kit.problems writes them, without a framework around."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from gateway import errors
from kit.errors import DomainError
from kit.language import Texts, chosen
from kit.problems import STATUS as KIT_STATUS
from kit.problems import TITLES as KIT_TITLES

STATUS: Mapping[type[DomainError], int] = {
    **KIT_STATUS,
    errors.Malformed: 400,
    errors.NotAllowed: 405,
    errors.Slow: 408,
    errors.TooLarge: 413,
    errors.HeadTooLarge: 431,
    errors.BadAnswer: 502,
    errors.OutOfTime: 504,
}
TITLES: Mapping[int, str] = {
    **KIT_TITLES,
    408: "Sent too slowly",
    431: "Headers too large",
    502: "A piece gave no usable answer",
    504: "A piece took too long",
}
#: Seconds after which trying again makes sense, unless the error knows better.
RETRY_AFTER: Mapping[int, int] = {429: 1, 502: 2, 503: 2, 504: 5}
#: After these the rest of what the caller sends is not read any more.
CLOSING = frozenset({400, 408, 413, 431})

type Headers = list[tuple[bytes, bytes]]


def status_of(error: DomainError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem(error: DomainError, texts: Texts, accept_language: str | None, default: str) -> tuple[int, Headers, bytes]:
    """Status, headers and body of an error, in the language of the caller, else in the network's."""
    status = status_of(error)
    language = chosen(accept_language, default)
    extra = dict(error.extra)
    retry_after = extra.pop("retry_after", RETRY_AFTER.get(status))
    body = json.dumps(
        {
            "type": f"urn:trama:problem:{error.code.replace('_', '-')}",
            "title": texts.say(language, TITLES.get(status) or HTTPStatus(status).phrase),
            "status": status,
            "detail": texts.say(language, error.message, error.params),
            **extra,
        },
        ensure_ascii=False,
    ).encode()
    headers: Headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-language", language.encode()),
        (b"cache-control", b"no-store"),
    ]
    if retry_after is not None:
        headers.append((b"retry-after", b"%d" % retry_after))
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer error="invalid_token"'))
    if status in CLOSING:
        headers.append((b"connection", b"close"))
    return status, headers, body
