"""The treasurer's desk: plans, runs, invoices, payments."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from kit.testing.pieces import Piece
from tests.members.conftest import Office, at_noon

PROBLEM = "urn:trama:problem:"


def money(amount: str, currency: str = "MXN") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


@dataclass(frozen=True)
class Treasury:
    office: Office

    @contextmanager
    def on(self, day: str) -> Iterator[None]:
        """What is done meanwhile is done at noon of that day."""
        with at_noon(self.office.piece.database, date.fromisoformat(day)):
            yield

    async def post(self, address: str, body: dict[str, Any], **more: Any) -> httpx.Response:
        headers = more.pop("headers", self.office.treasurer)
        return await self.office.piece.client.post(address, json=body, headers=headers, **more)

    async def get(self, address: str, **more: Any) -> httpx.Response:
        headers = more.pop("headers", self.office.treasurer)
        return await self.office.piece.client.get(address, headers=headers, **more)

    async def member(self, joined: str, **changes: Any) -> UUID:
        """A member that was admitted that day."""
        member_id = UUID((await self.office.apply(**{"kind": "person", **changes})).json()["id"])
        body = {"effective_on": joined}
        answer = await self.post(f"/v1/members/{member_id}/admit", body, headers=self.office.coordinator)
        assert answer.status_code == 200, answer.text
        return member_id

    async def make_plan(self, **changes: Any) -> httpx.Response:
        body = {
            "name": "Cuota anual",
            "kinds": ["person"],
            "rhythm": "annual",
            "starts_on": "2026-01-01",
            "price": money("600.00"),
            **changes,
        }
        return await self.post("/v1/dues/plans", body)

    async def plan(self, **changes: Any) -> dict[str, Any]:
        answer = await self.make_plan(**changes)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def run(self, **body: Any) -> dict[str, Any]:
        answer = await self.post("/v1/dues/runs", body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def invoices(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.get("/v1/invoices", params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def invoice(self, member_id: UUID, amount: str = "100.00", **changes: Any) -> dict[str, Any]:
        """An invoice that the treasurer wrote."""
        body = {
            "member_id": str(member_id),
            "lines": [{"text": "Taller de poda", "amount": money(amount)}],
            "due_on": "2026-12-31",
            **changes,
        }
        answer = await self.post("/v1/invoices", body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def read(self, invoice_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.get(f"/v1/invoices/{invoice_id}")).json()
        return found

    async def pay(self, member_id: UUID, amount: str, **more: Any) -> httpx.Response:
        body = {"amount": money(amount), "method": "transfer", **more}
        return await self.post(f"/v1/members/{member_id}/payments", body)

    async def standing(self, member_id: UUID) -> str:
        found: str = (await self.get(f"/v1/members/{member_id}")).json()["status"]
        return found


async def dues_received(piece: Piece) -> int:
    """What the network's dues account has, in centavos."""
    async with piece.database.reading() as connection:
        statement = text("SELECT coalesce(sum(posted), 0) FROM accounts WHERE name = 'dues'")
        return int((await connection.execute(statement)).scalar_one())


def refusal(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Status, problem and the first field that it names."""
    body = answer.json()
    errors = body.get("errors") or [{}]
    return answer.status_code, body["type"].removeprefix(PROBLEM), errors[0].get("pointer")
