"""All that is kept of a member is in one archive, and goes when the member does, but for what the books need."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import closing
from io import BytesIO
from zipfile import ZipFile

import pytest

from kit.personal import unaccounted
from kit.tables import service_metadata
from kit.testing.pieces import Runner
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from members.privacy.holdings import HOLDINGS, NOBODYS
from members.tables import METADATA
from tests.members.conftest import Office


def test_each_table_is_told_of_or_said_to_hold_nothing_about_a_member() -> None:
    known = dict.fromkeys(service_metadata().tables, "the kit's") | NOBODYS
    assert unaccounted(METADATA, HOLDINGS, known) == set()
    assert unaccounted(METADATA, HOLDINGS[1:], known) == {"members"}


def test_no_secret_is_told() -> None:
    told = {column.name for holding in HOLDINGS for column in holding.statement.selected_columns}
    assert not {name for name in told if "password" in name or "hash" in name or "secret" in name}


async def test_an_archive_is_not_handed_out_while_a_piece_is_silent(spy: Spy, running: Runner, tokens: Tokens) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as nobody:
        silent = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    async with running("members", pieces="members,catalog", catalog_url=silent) as piece:
        office = Office(piece, tokens)
        member_id = await office.admit()
        admin = tokens.actor(roles=["admin"])
        answer = await piece.client.get(f"/v1/members/{member_id}/archive", headers=admin)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:trama:problem:piece-away")
        assert "catalog" in answer.json()["detail"]


@pytest.fixture
async def alone(spy: Spy, running: Runner, tokens: Tokens) -> AsyncIterator[Office]:
    """A network of nothing but members."""
    async with running("members", pieces="members", credit_currency="TUMIN") as piece:
        yield Office(piece, tokens)


async def test_a_member_gets_its_archive_and_nobody_elses(alone: Office) -> None:
    office = alone
    member_id, other = await office.admit(), await office.admit()
    own = office.tokens.actor(roles=["member"], members=[member_id])
    answer = await office.piece.client.get(f"/v1/members/{member_id}/archive", headers=own)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with ZipFile(BytesIO(answer.content)) as archive:
        names = archive.namelist()
        (member,) = json.loads(archive.read("members/members.json"))
        index = json.loads(archive.read("index.json"))["rows"]["members"]
        words = archive.read("README.txt").decode()
    assert member["id"] == str(member_id)
    assert index.keys() == {holding.name for holding in HOLDINGS}
    assert {name for name, count in index.items() if count} == {
        name.removeprefix("members/").removesuffix(".json") for name in names if name.startswith("members/")
    }
    assert member["name"] in words
    for stranger in (other, None):
        headers = office.tokens.actor(roles=["coordinator", "treasurer"], members=[stranger] if stranger else [])
        refused = await office.piece.client.get(f"/v1/members/{member_id}/archive", headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (404, "urn:trama:problem:member-unknown")
