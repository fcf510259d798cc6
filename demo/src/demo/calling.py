"""Calls to the API, as one of its users."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx


class CallError(Exception):
    """The network did not take a call; the message has the call and the problem that it answered."""


@dataclass(frozen=True)
class User:
    """Somebody who calls: signed in, or anyone if there is no token in the headers."""

    http: httpx.Client
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def connect(gateway: str) -> httpx.Client:
    """A client of the network at this address. No proxy of the environment is used: the gateway is ours."""
    return httpx.Client(base_url=gateway.rstrip("/"), timeout=60, trust_env=False)


def sign_in(http: httpx.Client, email: str, password: str) -> User | None:
    """The user with this address, or None if the network does not know address and password."""
    form = {"grant_type": "password", "username": email, "password": password}
    answer = http.post("/api/members/v1/token", data=form)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return None
    token = _taken(answer)["access_token"]
    return User(http, {"authorization": f"Bearer {token}"})


def ask(
    user: User,
    method: str,
    path: str,
    body: object = None,
    *,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """The JSON that the network answers. Raises CallError if it refuses."""
    sent = {**user.headers, **(headers or {})}
    if content is not None:
        return _taken(user.http.request(method, path, content=content, headers=sent))
    return _taken(user.http.request(method, path, json=body, headers=sent))


def find(user: User, path: str) -> Any:
    """What is at this address, or None if there is nothing (that this user may see)."""
    answer = user.http.get(path, headers=dict(user.headers))
    return None if answer.status_code == httpx.codes.NOT_FOUND else _taken(answer)


def each(user: User, path: str) -> Iterator[Any]:
    """Every item of a list, page by page."""
    after: str | None = None
    while True:
        page = _taken(
            user.http.get(
                path, params={"limit": 200, **({"after": after} if after else {})}, headers=dict(user.headers)
            )
        )
        yield from page["items"]
        after = page["next"]
        if after is None:
            return


def _taken(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else None
    call = f"{answer.request.method} {answer.request.url.path}"
    raise CallError(f"{call} was answered {answer.status_code}: {answer.text[:500]}")
