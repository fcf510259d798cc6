"""Members who decide something together."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
from sqlalchemy import text

from kit.testing.pieces import Piece

if TYPE_CHECKING:
    from tests.members.conftest import Office


def at(**later: float) -> str:
    """An instant from now, as it is sent."""
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


@dataclass
class Assembly:
    """Its members have names such as ``ana``; time passes by moving a proposal's dates."""

    office: "Office"
    members: dict[str, UUID] = field(default_factory=dict)

    @property
    def piece(self) -> Piece:
        return self.office.piece

    async def join(self, *names: str, **particulars: Any) -> None:
        for name in names:
            self.members[name] = await self.office.admit(name=f"Casa {name}", **particulars)

    def acting(self, name: str) -> dict[str, str]:
        return self.office.of(self.members[name])

    async def draft(self, *, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
        body = {
            "title": "Buy a mill",
            "text": "For amaranth.",
            "method": "majority",
            "closes_at": at(days=7),
            **changes,
        }
        return await self.piece.client.post("/v1/proposals", json=body, headers=headers or self.office.coordinator)

    async def announce(self, proposal_id: str) -> httpx.Response:
        address = f"/v1/proposals/{proposal_id}/announce"
        return await self.piece.client.post(address, headers=self.office.coordinator)

    async def propose(self, **changes: Any) -> str:
        """A proposal that is announced, and open unless ``opens_at`` is later; its id."""
        drafted = await self.draft(**changes)
        assert drafted.status_code == 201, drafted.text
        announced = await self.announce(drafted.json()["id"])
        assert announced.status_code == 200, announced.text
        return str(announced.json()["id"])

    async def vote(
        self, proposal_id: str, name: str, *choices: str, by: str | None = None, **more: Any
    ) -> httpx.Response:
        address = f"/v1/proposals/{proposal_id}/ballots/{self.members[name]}"
        body = {"choices": list(choices), **more}
        return await self.piece.client.put(address, json=body, headers=self.acting(by or name))

    async def votes(self, proposal_id: str, **choices: str) -> None:
        """``votes(id, ana="yes", bea="no")``; several options with a space between them."""
        for name, chosen in choices.items():
            answer = await self.vote(proposal_id, name, *chosen.split())
            assert answer.status_code == 200, answer.text

    async def delegate(self, name: str, to: str, proposal_id: str | None = None) -> httpx.Response:
        member_id = self.members[name]
        address = (
            f"/v1/proposals/{proposal_id}/delegations/{member_id}"
            if proposal_id
            else f"/v1/members/{member_id}/delegation"
        )
        body = {"delegate_id": str(self.members[to])}
        return await self.piece.client.put(address, json=body, headers=self.acting(name))

    async def get(self, proposal_id: str, what: str = "", name: str | None = None, **query: Any) -> httpx.Response:
        headers = self.office.coordinator if name is None else self.acting(name)
        address = f"/v1/proposals/{proposal_id}{what and '/' + what}"
        return await self.piece.client.get(address, headers=headers, params=query)

    async def state(self, proposal_id: str) -> str:
        return str((await self.get(proposal_id)).json()["state"])

    async def result(self, proposal_id: str) -> dict[str, Any]:
        """The result, after closing the vote now if it is open."""
        if await self.state(proposal_id) == "open":
            await self.close(proposal_id)
        answer = await self.get(proposal_id, "result", next(iter(self.members), None))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def move(self, proposal_id: str, dates: str) -> None:
        """Time passes: writes the proposal's dates where the database would not allow it."""
        async with self.piece.database.transaction() as work:
            await work.execute(text("SET LOCAL session_replication_role = replica"))
            statement = text(f"UPDATE proposals SET {dates} WHERE id = :id")
            await work.execute(statement, {"id": UUID(proposal_id)})

    async def open(self, proposal_id: str) -> None:
        await self.move(proposal_id, "opens_at = clock_timestamp()")

    async def close(self, proposal_id: str) -> None:
        await self.move(proposal_id, "closes_at = clock_timestamp()")

    async def rows(self, statement: str, **params: Any) -> list[Any]:
        async with self.piece.database.reading() as connection:
            return list((await connection.execute(text(statement), params)).all())


def wrong(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Status, problem type and pointer."""
    body = answer.json()
    fields = body.get("errors") or [{}]
    return answer.status_code, body["type"].removeprefix("urn:trama:problem:"), fields[0].get("pointer")
