"""A members service with its own keys and a mail server, and people who sign in to it."""

import re
from typing import Any

import httpx

from kit.testing.mail import Postbox, text_of
from kit.testing.pieces import Piece

ADMIN_EMAIL = "admin@queretaro.example"
PASSWORD = "nopales al sol"
LINK = re.compile(r"https://coope\.example/([a-z-]+)/(\S+)")
ADMIN: dict[str, Any] = {"admin_email": ADMIN_EMAIL, "admin_password": PASSWORD}


async def sign_in(piece: Piece, username: str = ADMIN_EMAIL, password: str = PASSWORD) -> httpx.Response:
    form = {"grant_type": "password", "username": username, "password": password}
    return await piece.client.post("/v1/token", data=form)


async def with_code(piece: Piece, username: str, code: str) -> httpx.Response:
    form = {"grant_type": "urn:trama:grant:code", "username": username, "code": code}
    return await piece.client.post("/v1/token", data=form)


async def refresh(piece: Piece, tokens: httpx.Response) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": tokens.json()["refresh_token"]}
    return await piece.client.post("/v1/token", data=form)


def bearer(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def signed_in(piece: Piece, username: str = ADMIN_EMAIL, password: str = PASSWORD) -> dict[str, str]:
    return bearer(await sign_in(piece, username, password))


async def apply(piece: Piece, email: str, **changes: Any) -> httpx.Response:
    body = {"kind": "household", "name": "Familia Luna", "email": email, "password": PASSWORD, **changes}
    return await piece.client.post("/v1/members", json=body)


async def admitted(piece: Piece, email: str, **changes: Any) -> str:
    """The id of a member that was admitted."""
    member_id = str((await apply(piece, email, **changes)).json()["id"])
    answer = await piece.client.post(f"/v1/members/{member_id}/admit", headers=await signed_in(piece))
    assert answer.status_code == 200, answer.text
    return member_id


async def link(postbox: Postbox, email: str, count: int = 1) -> tuple[str, str]:
    """Place and secret of the link in the ``count``-th letter to that address."""
    found = LINK.search(text_of(await postbox.next(email, count=count)))
    assert found is not None
    return found[1], found[2]


async def code(postbox: Postbox, email: str, count: int = 1) -> str:
    """The code in the ``count``-th letter to that address."""
    found = re.search(r"\b(\d{3}) (\d{3})\b", text_of(await postbox.next(email, count=count)))
    assert found is not None
    return found[1] + found[2]


async def ask(piece: Piece, place: str, username: str) -> httpx.Response:
    """Asks for a letter: ``place`` says with what."""
    return await piece.client.post(f"/v1/{place}", json={"username": username})


async def claims(piece: Piece, headers: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = (await piece.client.get("/v1/me", headers=headers)).json()
    return found
