"""Users, as administrators see them; and who acts for whom."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from kit.testing.mail import Postbox
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from tests.members.people import (
    ADMIN,
    PASSWORD,
    admitted,
    apply,
    claims,
    signed_in,
)

LUNA = "luna@queretaro.example"


SOL = "sol@queretaro.example"


NOBODY = "nobody@queretaro.example"


@pytest.fixture
async def piece(spy: Spy, running: Runner, postbox: Postbox) -> AsyncIterator[Piece]:
    async with running("members", own_keys=True, name="La Coope", **ADMIN, **postbox.settings) as members:
        yield members


async def test_administrators_find_users_by_role_and_words_in_pages(piece: Piece) -> None:
    headers = await signed_in(piece)
    for n in range(3):
        body = {
            "email": f"c{n}@queretaro.example",
            "password": PASSWORD,
            "name": f"Coordinadora_{n}",
            "roles": ["coordinator"],
        }
        assert (await piece.client.post("/v1/users", json=body, headers=headers)).status_code == 201
    await admitted(piece, LUNA, phone="442 123 4567")

    async def names(**query: Any) -> list[str]:
        answer = await piece.client.get("/v1/users", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return [user["name"] for user in answer.json()["items"]]

    coordinators = [f"Coordinadora_{n}" for n in range(3)]
    assert await names(role="coordinator") == coordinators
    assert await names(q="nadora_1") == ["Coordinadora_1"]
    assert await names(q="_") == coordinators
    assert await names(q="%") == []
    assert await names(q="LUNA@") == ["Familia Luna"]
    assert await names(q="4421234") == ["Familia Luna"]
    first = await piece.client.get("/v1/users", params={"role": "coordinator", "limit": 2}, headers=headers)
    assert [user["roles"] for user in first.json()["items"]] == [["coordinator"]] * 2
    rest = await names(role="coordinator", limit=2, after=first.json()["next"])
    assert rest == coordinators[2:]
    assert (await piece.client.get("/v1/users?role=king", headers=headers)).status_code == 422
    member = await signed_in(piece, LUNA)
    assert (await piece.client.get("/v1/users", headers=member)).status_code == 403


async def test_a_list_of_users_takes_as_many_statements_however_long_it_is(piece: Piece) -> None:
    headers = await signed_in(piece)
    await piece.client.get("/v1/users", headers=headers)
    counts = []
    for n in range(2):
        await apply(piece, f"u{n}@queretaro.example")
        with piece.counted_queries() as statements:
            await piece.client.get("/v1/users", headers=headers)
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_who_acts_for_a_member_is_listed_and_ended_with_a_trace(piece: Piece, postbox: Postbox) -> None:
    member_id = await admitted(piece, SOL)
    other_id = await admitted(piece, LUNA)
    address = f"/v1/members/{member_id}/users"
    sol = await signed_in(piece, SOL)
    me = (await claims(piece, sol))["user_id"]
    alone = await piece.client.delete(f"{address}/{me}", headers=sol)
    assert (alone.status_code, alone.json()["type"]) == (409, "urn:trama:problem:last-user")
    async with piece.database.transaction() as work:
        luna = (await claims(piece, await signed_in(piece, LUNA)))["user_id"]
        await work.execute(
            text("INSERT INTO acting (user_id, member_id, since) VALUES (:u, :m, now())"),
            {"u": UUID(luna), "m": UUID(member_id)},
        )
    assert (await piece.client.delete(f"{address}/{luna}", headers=sol)).status_code == 204
    found = (await piece.client.get(address, headers=sol)).json()
    assert [(row["email"], row["ended_at"] is None, row["ended_by"]) for row in found] == [
        (SOL, True, None),
        (LUNA, False, me),
    ]
    members = (await claims(piece, await signed_in(piece, LUNA)))["members"]
    assert [member["id"] for member in members] == [other_id]
    assert (await piece.client.delete(f"{address}/{luna}", headers=sol)).status_code == 404
    strange = await signed_in(piece, LUNA)
    assert (await piece.client.get(address, headers=strange)).status_code == 404
    assert (await piece.client.delete(f"{address}/{me}", headers=strange)).status_code == 404


async def test_of_two_who_end_each_other_at_once_one_stays(piece: Piece) -> None:
    member_id = await admitted(piece, SOL)
    await admitted(piece, LUNA)
    ids = {}
    for email in (SOL, LUNA):
        ids[email] = (await claims(piece, await signed_in(piece, email)))["user_id"]
    async with piece.database.transaction() as work:
        await work.execute(
            text("INSERT INTO acting (user_id, member_id, since) VALUES (:u, :m, now())"),
            {"u": UUID(ids[LUNA]), "m": UUID(member_id)},
        )
    headers = {email: await signed_in(piece, email) for email in ids}
    answers = await asyncio.gather(
        piece.client.delete(f"/v1/members/{member_id}/users/{ids[LUNA]}", headers=headers[SOL]),
        piece.client.delete(f"/v1/members/{member_id}/users/{ids[SOL]}", headers=headers[LUNA]),
    )
    assert sorted(answer.status_code for answer in answers) == [204, 409]


async def test_who_acted_for_whom_can_not_be_rewritten(piece: Piece) -> None:
    await admitted(piece, SOL)
    for change in ("DELETE FROM acting", "UPDATE acting SET since = now()"):
        async with piece.database.engine.connect() as connection:
            with pytest.raises(Exception, match="only ever ended"):
                await connection.execute(text(change))
