"""Two members who deal with each other."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from tests.members.conftest import Office


def problem(answer: httpx.Response) -> tuple[int, str, str | None]:
    body = answer.json()
    pointer = body["errors"][0].get("pointer") if "errors" in body else None
    return answer.status_code, body["type"].removeprefix("urn:trama:problem:"), pointer


@dataclass(frozen=True)
class Village:
    """Two members who deal with each other; Ana may owe 500 TUMIN, Beto may have 2000."""

    office: Office
    ana: UUID
    beto: UUID

    async def post(self, path: str, who: UUID, body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.office.piece.client.post(f"/v1/{path}", json=body or {}, headers=self.office.of(who))

    async def get(self, path: str, who: UUID, **params: Any) -> httpx.Response:
        return await self.office.piece.client.get(f"/v1/{path}", params=params, headers=self.office.of(who))

    def body(self, amount: str = "20.00", currency: str = "TUMIN", **more: Any) -> dict[str, Any]:
        parties = {"payer_id": str(self.ana), "payee_id": str(self.beto)}
        return {**parties, "amount": {"amount": amount, "currency": currency}, "text": "two hours", **more}

    async def pay(self, amount: str = "20.00", *, who: UUID | None = None, **more: Any) -> httpx.Response:
        return await self.post("exchanges", who or self.ana, self.body(amount, **more))

    async def ask(self, amount: str = "20.00", *, who: UUID | None = None, **more: Any) -> httpx.Response:
        return await self.post("payment-requests", who or self.beto, self.body(amount, **more))

    async def answer(self, request: httpx.Response, verb: str, who: UUID, **body: str) -> httpx.Response:
        return await self.post(f"payment-requests/{request.json()['id']}/{verb}", who, body)

    async def balances(self, currency: str = "TUMIN") -> tuple[str, str]:
        found = [await self.office.balance(member_id, currency) for member_id in (self.ana, self.beto)]
        return found[0]["balance"], found[1]["balance"]


async def happen(office: Office, member_id: UUID, verb: str) -> None:
    answer = await office.piece.client.post(f"/v1/members/{member_id}/{verb}", headers=office.coordinator)
    assert answer.status_code == 200, answer.text
