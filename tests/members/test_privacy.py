"""All that is kept of a member is in one archive, and goes when the member does, but for what the books need."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from contracts.members import MemberErased
from kit.personal import unaccounted
from kit.tables import service_metadata
from kit.testing.pieces import Runner
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from members.privacy import service as privacy
from members.privacy.holdings import HOLDINGS, NOBODYS
from members.tables import METADATA
from tests.members.conftest import PASSWORD, Office, at_noon


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


NAME, STREET, WORDS = "Familia Cuauhtli Xochitl", "Calle de los Colibríes 17", "por las clases de marimba"


async def row(office: Office, table: str, column: str, member_id: UUID) -> dict[str, Any]:
    async with office.piece.database.reading() as connection:
        found = await connection.execute(text(f"SELECT * FROM {table} WHERE {column} = :id"), {"id": member_id})
        return dict(found.mappings().one())


async def everything(office: Office) -> str:
    """Every row of every table, but of those that live for days only: answers kept for repeated requests, events."""
    tables = [table for table in METADATA.sorted_tables if table.name not in ("idempotency", "outbox")]
    async with office.piece.database.reading() as connection:
        rows = [found for table in tables for found in (await connection.execute(select(table))).all()]
    return "\n".join(map(str, rows))


async def leave(office: Office, member_id: UUID) -> None:
    answer = await office.piece.client.post(
        f"/v1/members/{member_id}/leave", json={"reason": f"{NAME} se muda"}, headers=office.coordinator
    )
    assert answer.status_code == 200, answer.text


async def test_an_erased_member_is_nowhere_but_its_books_are(alone: Office, spy: Spy) -> None:
    office, client = alone, alone.piece.client
    member_id = await office.admit(name=NAME, email="xochitl@colibri.example", phone="+52 442 555 0199")
    other = await office.admit(name="Ana")
    for paid in ("50.00", "30.00"):
        await office.deposit(member_id, paid, note=f"{NAME}, en el mercado")
    body = {"payer_id": str(member_id), "payee_id": str(other), "text": f"{NAME}: {WORDS}"}
    sent = await client.post(
        "/v1/exchanges", json={**body, "amount": {"amount": "80.00", "currency": "MXN"}}, headers=office.of(member_id)
    )
    assert sent.status_code == 201, sent.text
    await leave(office, member_id)
    number = (await row(office, "members", "id", member_id))["number"]
    before = await everything(office)
    assert before.count("Cuauhtli") >= 5
    admin = office.tokens.actor(roles=["admin"])
    erased = await client.post(f"/v1/members/{member_id}/erase", headers=admin)
    assert (erased.status_code, erased.content) == (204, b"")
    event = await spy.next(MemberErased, member_id)
    assert event.version == (await row(office, "members", "id", member_id))["version"]

    after = await everything(office)
    for word in ("Cuauhtli", "colibri", "5550199", "marimba", "mercado", "se muda"):
        assert word not in after
    member = (await client.get(f"/v1/members/{member_id}", headers=office.coordinator)).json()
    assert (member["name"], member["number"], member["status"]) == ("—", number, "left")
    entries = await office.statement(other)
    assert [(entry["amount"]["amount"], entry["text"]) for entry in entries] == [("80.00", "—")]
    assert (await office.proof())["ok"]
    signing_in = {"grant_type": "password", "username": "xochitl@colibri.example", "password": PASSWORD}
    assert (await client.post("/v1/token", data=signing_in)).status_code == 401
    again = await client.post(f"/v1/members/{member_id}/erase", headers=admin)
    assert again.status_code == 204
    assert len(spy.seen(MemberErased)) == 1


@pytest.mark.parametrize("in_office", [True, False])
async def test_who_has_an_office_of_the_network_goes_on_as_a_user_and_who_had_one_does_not(
    alone: Office, in_office: bool
) -> None:
    client, admin = alone.piece.client, alone.tokens.actor(roles=["admin"])
    member_id = await alone.admit(name=NAME, email="xochitl@colibri.example")
    user_id = UUID(str((await row(alone, "acting", "member_id", member_id))["user_id"]))
    for roles in (["treasurer"], ["treasurer"] if in_office else []):
        answer = await client.put(f"/v1/users/{user_id}/roles", json={"roles": roles, "reason": ""}, headers=admin)
        assert answer.status_code == 200, answer.text
    await leave(alone, member_id)
    assert (await client.post(f"/v1/members/{member_id}/erase", headers=admin)).status_code == 204
    user = await row(alone, "users", "id", user_id)
    assert (user["name"], user["email"]) == ((NAME, "xochitl@colibri.example") if in_office else ("—", None))
    assert (await row(alone, "members", "id", member_id))["name"] == "—"


async def test_nobody_is_erased_who_belongs_or_has_something_to_settle(alone: Office) -> None:
    office, client = alone, alone.piece.client
    member_id = await office.admit(name=NAME)
    path = f"/v1/members/{member_id}/erase"
    own = office.of(member_id)
    belongs = await client.post(path, headers=own)
    assert (belongs.status_code, belongs.json()["type"]) == (409, "urn:trama:problem:still-a-member")
    await office.deposit(member_id, "50.00")
    await leave(office, member_id)
    unsettled = await client.post(path, headers=own)
    assert (unsettled.status_code, unsettled.json()["type"]) == (409, "urn:trama:problem:not-settled")
    assert unsettled.json()["open"] == {"balances": 1}
    stranger = await client.post(path, headers=office.coordinator)
    assert (stranger.status_code, stranger.json()["type"]) == (404, "urn:trama:problem:member-unknown")
    assert (await row(office, "members", "id", member_id))["name"] == NAME


async def test_papers_keep_the_name_as_long_as_the_law_asks(alone: Office) -> None:
    office, client = alone, alone.piece.client
    member_id = await office.admit(name=NAME, tax_id="GODE561231GR8")
    line = {"text": "Taller", "amount": {"amount": "10.00", "currency": "MXN"}}
    today = datetime.now(UTC).date()
    made = await client.post(
        "/v1/invoices",
        json={"member_id": str(member_id), "lines": [line], "due_on": str(today + timedelta(days=30))},
        headers=office.treasurer,
    )
    assert made.status_code == 201, made.text
    paid = await client.post(
        f"/v1/members/{member_id}/payments",
        json={"amount": line["amount"], "method": "cash"},
        headers=office.treasurer,
    )
    assert paid.status_code == 201, paid.text
    await leave(office, member_id)
    erased = await client.post(f"/v1/members/{member_id}/erase", headers=office.of(member_id))
    assert erased.status_code == 204, erased.text
    invoice = made.json()["id"]
    settings = office.piece.app.state.settings
    database = office.piece.database
    for years, name, done in ((6, NAME, False), (7, "—", True)):
        with at_noon(database, date(today.year + years, 6, 1)):
            async with database.transaction() as work:
                await privacy.forget_papers(work, settings)
        kept = await row(office, "invoices", "id", UUID(invoice))
        assert (kept["member_name"], kept["member_tax_id"] is None) == (name, done)
        assert ((await row(office, "erasures", "member_id", member_id))["papers_erased_at"] is not None) == done


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("standing_facts", "reason = 'nothing'"),
        ("standing_facts", "kind = 'left'"),
        ("transfers", "text = 'nothing'"),
        ("transfers", "amount = 1"),
        ("transfers", "text = '—', amount = 1"),
    ],
)
async def test_words_give_way_to_a_dash_and_nothing_else_changes(alone: Office, table: str, change: str) -> None:
    member_id = await alone.admit()
    await alone.deposit(member_id, "50.00", note="in cash")
    with pytest.raises(DBAPIError):
        async with alone.piece.database.transaction() as work:
            await work.execute(text(f"UPDATE {table} SET {change}"))
