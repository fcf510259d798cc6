"""People who call a network through its gateway, and a journal of the calls that belong to the journey."""

import re
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from demo.examples import PASSWORD

_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(frozen=True)
class Step:
    """A call that a row of journey.md stands for."""

    row: int
    call: str
    status: int
    milliseconds: float


@dataclass
class Journal:
    """The calls of a journey in their order."""

    steps: list[Step] = field(default_factory=list)

    def table(self) -> str:
        """The journal as text: row, call, status, milliseconds."""
        lines = [f"{'row':>3}  {'call':<78} {'status':>6} {'ms':>8}"]
        lines += [f"{s.row:>3}  {s.call:<78} {s.status:>6} {s.milliseconds:>8.1f}" for s in self.steps]
        return "\n".join(lines)


@dataclass(frozen=True)
class Person:
    """Somebody who calls: anyone, a user of the network, or one who acts for a member."""

    http: httpx.Client
    journal: Journal
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    member_id: str = ""
    email: str = ""

    def call(
        self,
        method: str,
        path: str,
        *,
        expect: int | tuple[int, ...] = 200,
        row: int | None = None,
        headers: dict[str, str] | None = None,
        **sent: Any,
    ) -> httpx.Response:
        """The answer, which must have an expected status; noted in the journal if it belongs to a row."""
        began = time.perf_counter()
        answer = self.http.request(method, path, headers=self.headers | (headers or {}), **sent)
        milliseconds = (time.perf_counter() - began) * 1000
        if row is not None:
            shown = _ID.sub("{id}", f"{method} {answer.request.url.raw_path.decode()}")
            self.journal.steps.append(Step(row, shown, answer.status_code, milliseconds))
        expected = (expect,) if isinstance(expect, int) else expect
        assert answer.status_code in expected, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer

    def get(self, path: str, *, row: int | None = None, **sent: Any) -> Any:
        """The JSON at an address."""
        return self.call("GET", path, row=row, **sent).json()

    def post(
        self,
        path: str,
        body: object = None,
        *,
        expect: int | tuple[int, ...] = 201,
        row: int | None = None,
        **sent: Any,
    ) -> Any:
        """The JSON that a POST answers."""
        return self.call("POST", path, expect=expect, row=row, json=body, **sent).json()

    def sign_in(self, email: str, *, row: int | None = None, member_id: str = "") -> "Person":
        """The user with this address."""
        form = {"grant_type": "password", "username": email, "password": PASSWORD}
        issued = self.call("POST", "/api/members/v1/token", data=form, row=row).json()
        assert issued.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
        assert issued["token_type"] == "bearer"
        headers = {"authorization": f"Bearer {issued['access_token']}"}
        return Person(self.http, self.journal, headers, member_id, email)


def problem(answer: httpx.Response, code: str, pointer: str | None = None) -> Any:
    """The problem in a refusal, which must be of this type, name this field, and say something in words."""
    assert answer.headers["content-type"].startswith("application/problem+json")
    body = answer.json()
    assert body["type"] == f"urn:trama:problem:{code}", body
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["detail"]
    if pointer is not None:
        assert pointer in [error.get("pointer") for error in body["errors"]], body
    return body


def eventually(look: Any, done: Any, seconds: float = 15) -> Any:
    """What ``look`` finds once it is ``done``: for what arrives by events. Fails with what was seen last."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if done(found):
            return found
        assert time.monotonic() < end, f"not within {seconds} s; last seen: {found!r}"
        time.sleep(0.05)
