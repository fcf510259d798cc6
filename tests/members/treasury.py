"""The treasurer's desk, for tests of income, shares and reports."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx

from members.ledger import service as ledger
from tests.members.conftest import Office


def refused(answer: httpx.Response, status: int, code: str, pointer: str | None) -> dict[str, Any]:
    """The problem, once it is the one that was expected."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["type"]) == (status, f"urn:trama:problem:{code}"), answer.text
    assert [error["pointer"] for error in body.get("errors", [])] == ([pointer] if pointer else [])
    assert body["detail"]
    return body


@dataclass(frozen=True)
class Treasury:
    """Books what comes in and goes out, as the treasurer."""

    office: Office
    currency: str = "MXN"

    def money(self, amount: str) -> dict[str, str]:
        return {"amount": amount, "currency": self.currency}

    async def post(self, address: str, **body: Any) -> httpx.Response:
        return await self.office.piece.client.post(address, json=body, headers=self.office.treasurer)

    async def made(self, address: str, **body: Any) -> dict[str, Any]:
        """What came of it, once it was made."""
        answer = await self.post(address, **body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def purposes(self) -> None:
        """Two purposes to spend for."""
        for code, spanish, english in (("training", "Formación", "Training"), ("web", "Web", "Web pages")):
            await self.made("/v1/purposes", code=code, names={"es": spanish, "en": english})

    async def put(self, address: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        return await self.office.piece.client.put(address, json=body, headers=self.office.treasurer | headers)

    async def get(self, address: str, **query: Any) -> httpx.Response:
        return await self.office.piece.client.get(address, params=query, headers=self.office.treasurer)

    def use(self, **changes: Any) -> dict[str, Any]:
        """A spending that is right; ``amount`` as a decimal string."""
        body = {"purpose": "training", "amount": "100.00", "payee": "Imprenta Moderna", "paid_from": "bank", **changes}
        if isinstance(body["amount"], str):
            body["amount"] = self.money(body["amount"])
        return body

    def grant(self, **changes: Any) -> dict[str, Any]:
        """A subsidy that is right; ``granted`` as a decimal string."""
        body = {
            "kind": "public",
            "grantor": "Ayuntamiento de León",
            "programme": "Economía social",
            "purpose": "training",
            "granted": "10000.00",
            "granted_on": "2026-01-15",
            **changes,
        }
        if isinstance(body["granted"], str):
            body["granted"] = self.money(body["granted"])
        return body

    async def subsidy(self, **changes: Any) -> dict[str, Any]:
        return await self.made("/v1/subsidies", **self.grant(**changes))

    async def receive(self, subsidy_id: str, amount: str, **more: Any) -> httpx.Response:
        return await self.post(f"/v1/subsidies/{subsidy_id}/receipts", amount=self.money(amount), **more)

    async def close(self, through: str) -> None:
        """Closes the books."""
        answer = await self.post("/v1/ledger/closings", through=through)
        assert answer.status_code == 201, answer.text

    async def totals(self) -> dict[str, int]:
        """The network's accounts, in cents: what came in less what went out."""
        async with self.office.piece.database.reading() as connection:
            found = await ledger.totals(connection, date(2000, 1, 1), date(2100, 1, 1))
        return {total.name: total.closing for total in found}
