"""The fund's desk: its terms, its committee, and how one gets a loan there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx

from kit.testing.tokens import Tokens
from tests.members.conftest import Office

ZONE = ZoneInfo("America/Mexico_City")
TERMS = {
    "max_amount": {"amount": "5000.00", "currency": "MXN"},
    "max_months": 24,
    "fund_share": "50",
    "yearly_rate": "12",
    "method": "equal_principal",
    "months_belonging": 0,
    "grace_days": 5,
    "approvals": 2,
    "guarantors": 0,
    "reserve": "0",
    "notice_days": 0,
}


def money(amount: str, currency: str = "MXN") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def today() -> date:
    return datetime.now(ZONE).date()


def days(count: int) -> str:
    """The network's day so many days from now."""
    return (today() + timedelta(days=count)).isoformat()


class Desk:
    """Two of the committee, the treasurer one of them, and members."""

    def __init__(self, office: Office, tokens: Tokens) -> None:
        self.office = office
        self.client = office.piece.client
        self.database = office.piece.database
        self.treasurer = tokens.actor(roles=["treasurer"], user_id=uuid4())
        self.coordinator = tokens.actor(roles=["coordinator"], user_id=uuid4())

    @contextmanager
    def ago(self, count: int) -> Iterator[None]:
        """What is done in here was done so many days ago, at noon in UTC's afternoon."""
        then, before = datetime.now(UTC) - timedelta(days=count), self.database.clock
        self.database.clock = lambda: then
        try:
            yield
        finally:
            self.database.clock = before

    async def post(self, address: str, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
        return await self.client.post(address, json=body, headers=headers)

    async def write_terms(self, **changes: Any) -> None:
        headers = self.treasurer | {"if-match": "*"}
        answer = await self.client.put("/v1/fund/terms", json=TERMS | changes, headers=headers)
        assert answer.status_code == 200, answer.text

    async def give(self, member_id: UUID, amount: str, kind: str = "gift", **more: Any) -> httpx.Response:
        """The treasurer takes a contribution in cash."""
        body = {"member_id": str(member_id), "amount": money(amount), "kind": kind, "paid_by": "cash", **more}
        return await self.post("/v1/fund/contributions", body, self.treasurer)

    async def apply(self, member_id: UUID, amount: str | dict[str, str] = "1200.00", **changes: Any) -> httpx.Response:
        body = {
            "member_id": str(member_id),
            "amount": money(amount) if isinstance(amount, str) else amount,
            "purpose": "A mill for the maize",
            "plan": {"instalments": 12, "every": "month", "first_due": self.day(30)},
            **changes,
        }
        return await self.post("/v1/loans", body, self.office.of(member_id))

    def day(self, count: int) -> str:
        """The network's day so many days from the desk's own now."""
        return (self.database.clock().astimezone(ZONE).date() + timedelta(days=count)).isoformat()

    async def approve(self, loan_id: str) -> httpx.Response:
        """The treasurer's vote and the coordinator's, which settles it: the answer to the second."""
        address = f"/v1/loans/{loan_id}/approvals"
        votes = [await self.post(address, {}, headers) for headers in (self.treasurer, self.coordinator)]
        assert [vote.status_code for vote in votes] == [201, 201], [vote.text for vote in votes]
        return votes[-1]

    async def disburse(self, loan_id: str, **body: Any) -> httpx.Response:
        return await self.post(f"/v1/loans/{loan_id}/disburse", body, self.treasurer)

    async def lend(self, member_id: UUID, amount: str = "1200.00", **changes: Any) -> dict[str, Any]:
        """A loan with its money handed over."""
        applied = await self.apply(member_id, amount, **changes)
        assert applied.status_code == 201, applied.text
        await self.approve(applied.json()["id"])
        answer = await self.disburse(applied.json()["id"])
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def repay(self, loan_id: str, amount: str, **more: Any) -> httpx.Response:
        body = {"amount": money(amount), "paid_by": "cash", **more}
        return await self.post(f"/v1/loans/{loan_id}/repayments", body, self.treasurer)

    async def loan(self, loan_id: str) -> dict[str, Any]:
        answer = await self.client.get(f"/v1/loans/{loan_id}", headers=self.treasurer)
        found: dict[str, Any] = answer.json()
        return found

    async def position(self) -> dict[str, Any]:
        """The fund's figures: amounts as decimal strings, counts as they are."""
        answer = await self.client.get("/v1/fund", headers=self.treasurer)
        now: dict[str, Any] = answer.json()["now"]
        return {name: value["amount"] if isinstance(value, dict) else value for name, value in now.items()}

    async def status(self, member_id: UUID) -> str:
        answer = await self.client.get(f"/v1/members/{member_id}", headers=self.coordinator)
        return str(answer.json()["status"])
