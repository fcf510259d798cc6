"""Lots in a test: who makes what of what, over HTTP."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from kit.database import utc_now
from kit.testing.pieces import Piece
from tests.catalog.conftest import Headers, Json

#: The network's day.
TODAY = utc_now().astimezone(ZoneInfo("America/Mexico_City")).date()


@dataclass(frozen=True)
class Maker:
    """A user who notes lots; every call must succeed unless a status is named."""

    piece: Piece
    headers: Headers
    member_id: UUID | None = None

    async def send(self, method: str, path: str, body: Any = None, expect: int = 201, **headers: str) -> Json:
        answer = await self.piece.client.request(method, path, json=body, headers={**self.headers, **headers})
        assert answer.status_code == expect, answer.text
        found: Json = answer.json() if answer.content else {}
        return found

    async def get(self, path: str, expect: int = 200, /, **params: str) -> Json:
        answer = await self.piece.client.get(path, headers=self.headers, params=params)
        assert answer.status_code == expect, answer.text
        found: Json = answer.json()
        return found

    async def balance(self, **params: str) -> Json:
        """Today's mass balance: of the member, or of all for a coordinator."""
        mine = {"member_id": str(self.member_id)} if self.member_id else {}
        day = TODAY.isoformat()
        answer = await self.piece.client.get(
            "/v1/mass-balance", headers=self.headers, params={"from": day, "until": day, **mine, **params}
        )
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def lot(self, name: str | None, quantity: str, unit: str | None = "KGM", **more: Any) -> Json:
        return await self.send("POST", "/v1/lots", {"name": name, "quantity": quantity, "unit": unit, **more})

    async def do(self, lot: Json, what: str, body: Json | None = None, expect: int = 201) -> Json:
        return await self.send("POST", f"/v1/lots/{lot['id']}/{what}", body or {}, expect)

    async def transform(
        self, inputs: list[tuple[Json, str | None]], outputs: list[Json], expect: int = 201, **more: Any
    ) -> Json:
        """Lots of lots; those made are under their names in ``made_lots``."""
        taken = [
            {"lot_id": lot["id"], **({} if quantity is None else {"quantity": quantity})} for lot, quantity in inputs
        ]
        done = await self.send(
            "POST", "/v1/transformations", {"inputs": taken, "outputs": outputs, **more}, expect=expect
        )
        if expect == 201:
            ids = {lot["id"] for lot, _ in inputs}
            done["made_lots"] = {lot["name"]: lot for lot in done["lots"] if lot["id"] not in ids}
        return done

    async def refused(self, path: str, body: Any) -> tuple[int, str, str | None]:
        """Status, kind and pointer of the problem that a POST meets."""
        answer = await self.piece.client.post(path, json=body, headers=self.headers)
        problem = answer.json()
        pointer = problem.get("errors", [{}])[0].get("pointer")
        return answer.status_code, problem.get("type", "").removeprefix("urn:trama:problem:"), pointer
