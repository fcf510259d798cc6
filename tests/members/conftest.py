"""A members service with a credit currency, and the people who use it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from kit.database import Database, utc_now
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.members.assembly import Assembly

PASSWORD = "nopales al sol"
#: What persons in law have to say when they apply, unless the network asks otherwise.
SIGNED_FOR = {
    "country": "MX",
    "tax_id": "COO980101AB1",
    "representative": {"name": "Rosa Olvera", "document": "IDMEX1234567"},
}


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("members", currency="MXN", credit_currency="TUMIN", default_credit="500") as members:
        yield members


@contextmanager
def at_noon(database: Database, day: date) -> Iterator[None]:
    """What is done meanwhile is done on that day, from noon in central Mexico. What SQL dates goes by the real clock."""
    begun, noon = utc_now(), datetime.combine(day, time(18), UTC)
    before, database.clock = database.clock, lambda: noon + (utc_now() - begun)
    try:
        yield
    finally:
        database.clock = before


@dataclass(frozen=True)
class Office:
    """The coordinator's and the treasurer's desk."""

    piece: Piece
    tokens: Tokens

    @property
    def coordinator(self) -> dict[str, str]:
        return self.tokens.actor(roles=["coordinator"])

    @property
    def treasurer(self) -> dict[str, str]:
        return self.tokens.actor(roles=["treasurer"])

    def of(self, member_id: UUID) -> dict[str, str]:
        """Someone who acts for this member."""
        return self.tokens.actor(roles=["member"], members=[member_id])

    async def apply(self, **changes: Any) -> httpx.Response:
        legal = changes.get("kind") in ("cooperative", "enterprise", "association", "public_body")
        body = {
            "kind": "household",
            "name": "Familia Luna",
            "email": f"{uuid4().hex[:10]}@queretaro.example",
            "password": PASSWORD,
            **(SIGNED_FOR if legal else {}),
            **changes,
        }
        return await self.piece.client.post("/v1/members", json=body)

    async def admit(self, **changes: Any) -> UUID:
        """A member that has been admitted."""
        member_id = UUID((await self.apply(**changes)).json()["id"])
        answer = await self.piece.client.post(f"/v1/members/{member_id}/admit", headers=self.coordinator)
        assert answer.json()["status"] == "active", answer.text
        return member_id

    async def deposit(self, member_id: UUID, amount: str, currency: str = "MXN", **more: Any) -> httpx.Response:
        body = {"amount": {"amount": amount, "currency": currency}, "method": "cash", **more}
        return await self.piece.client.post(f"/v1/members/{member_id}/deposits", json=body, headers=self.treasurer)

    async def balance(self, member_id: UUID, currency: str = "MXN") -> dict[str, str]:
        """Balance, held and available, as decimal strings."""
        answer = await self.piece.client.get(f"/v1/members/{member_id}/balances", headers=self.treasurer)
        found = next(item for item in answer.json()["items"] if item["currency"] == currency)
        return {name: found[name]["amount"] for name in ("balance", "held", "credit_limit", "available")}

    async def statement(self, member_id: UUID, **query: Any) -> list[dict[str, Any]]:
        answer = await self.piece.client.get(f"/v1/members/{member_id}/statement", params=query, headers=self.treasurer)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def proof(self) -> dict[str, Any]:
        answer = await self.piece.client.get("/v1/ledger/check", headers=self.treasurer)
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def november(piece: Piece) -> Iterator[None]:
    """It is the 20th of November 2026: for tests that name a year, in numbers, periods or prices.

    It has to be past: what is only read goes by the real clock, and would not see what is done after it."""
    with at_noon(piece.database, date(2026, 11, 20)):
        yield


@pytest.fixture
def office(piece: Piece, tokens: Tokens) -> Office:
    return Office(piece, tokens)


@pytest.fixture
async def assembly(office: Office) -> Assembly:
    """Ana, Bea, Carla and Dora, who decide together."""
    found = Assembly(office)
    await found.join("ana", "bea", "carla", "dora")
    return found
