"""A network with a participatory guarantee: its committee, its producers, and the way to a certificate."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from httpx import Response

from contracts.members import MemberAdmitted
from kit.ids import new_id
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, rows

TODAY = datetime.now(ZoneInfo("America/Mexico_City")).date()
#: Some 17 hectares near Querétaro, longitude first.
FIELD = [
    [-100.3912, 20.5931],
    [-100.3871, 20.5922],
    [-100.3868, 20.5954],
    [-100.3884, 20.5967],
    [-100.3909, 20.5958],
    [-100.3912, 20.5931],
]
ITEMS = ("no-synthetics", "soil-cover", "records")


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def version(**more: Any) -> Json:
    """What a standard asks, without conversion; ``no-synthetics`` is critical, ``soil-cover`` major, ``records``
    minor."""
    return {
        "text": {"es": "Producimos sin agroquímicos.", "en": "We grow without agrochemicals."},
        "pledge": {"es": "Me comprometo."},
        "checklist": [
            {"code": code, "question": {"es": f"¿{code}?"}, "severity": severity}
            for code, severity in zip(ITEMS, ("critical", "major", "minor"), strict=True)
        ],
        "practices": ["organic"],
        "required": True,
        "committee_size": 2,
        "valid_from": TODAY.isoformat(),
        **more,
    }


@dataclass
class Network:
    """Producers by their number; the first applies, the next three visit, the last two decide."""

    piece: Piece
    tokens: Tokens
    members: list[UUID] = field(default_factory=list)
    headers: list[Headers] = field(default_factory=list)
    committee: Headers = field(default_factory=dict)
    standard: str = "organic"

    @property
    def farm(self) -> UUID:
        return self.members[0]

    @property
    def farmer(self) -> Headers:
        return self.headers[0]

    async def post(self, address: str, body: Json | None = None, headers: Headers | None = None) -> Response:
        return await self.piece.client.post(f"/v1{address}", json=body or {}, headers=headers or self.committee)

    async def get(self, address: str, headers: Headers | None = None) -> Any:
        answer = await self.piece.client.get(f"/v1{address}", headers=headers or self.committee)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def did(self, address: str, body: Json | None = None, headers: Headers | None = None) -> Json:
        answer = await self.post(address, body, headers)
        assert answer.status_code in {200, 201}, answer.text
        done: Json = answer.json()
        return done

    async def publish_standard(self, **more: Any) -> None:
        await self.did("/standards", {"code": self.standard, "name": {"es": "Orgánico", "en": "Organic"}})
        await self.did(f"/standards/{self.standard}/versions", version(**more))
        await self.did(f"/standards/{self.standard}/versions/1/publish")

    async def plot(self, producer: int = 0, **more: Any) -> Json:
        body = {"name": "Abajo", "geometry": {"type": "Polygon", "coordinates": [FIELD]}, "crops": ["Jitomate"]}
        return await self.did("/plots", {**body, **more}, self.headers[producer])

    def pledge(self, **more: Any) -> Json:
        return {"standard": self.standard, "version": 1, "signed_name": "María Luna", "products": ["Jitomate"], **more}

    async def apply(self, producer: int = 0, **more: Any) -> str:
        return str((await self.did("/guarantee-applications", self.pledge(**more), self.headers[producer]))["id"])

    async def plan(self, application_id: str, peers: tuple[int, ...] = (1, 2, 3), **more: Any) -> str:
        body = {
            "application_id": application_id,
            "planned_on": day(0),
            "peer_ids": [str(self.members[peer]) for peer in peers],
        }
        return str((await self.did("/visits", {**body, **more}))["id"])

    def report(self, failing: dict[str, str] | None = None, **more: Any) -> Json:
        answers: Json = {code: {"answer": "yes"} for code in ITEMS}
        for code, note in (failing or {}).items():
            answers[code] = {"answer": "no", "note": note, "action": "Corregirlo"}
        return {"id": str(uuid4()), "happened_on": day(0), "answers": answers, **more}

    async def make(self, visit_id: str, peers: tuple[int, ...] = (1, 2, 3), **report: Any) -> Json:
        """The visit is reported and signed by these."""
        done = await self.did(f"/visits/{visit_id}/report", self.report(**report), self.headers[peers[0]])
        for peer in peers[1:]:
            done = await self.did(f"/visits/{visit_id}/sign", {}, self.headers[peer])
        return done

    def decision(self, **more: Any) -> Json:
        return {
            "outcome": "certified",
            "decided_on": day(0),
            "reasons": "Cumple",
            "decided_by": [str(member) for member in self.members[4:6]],
            **more,
        }

    async def decide(self, application_id: str, **more: Any) -> Json:
        return await self.did(f"/guarantee-applications/{application_id}/decisions", self.decision(**more))

    async def visited(self, producer: int = 0, **report: Any) -> str:
        """An application that peers have visited, and signed."""
        application_id = await self.apply(producer)
        await self.make(await self.plan(application_id), **report)
        return application_id

    async def certify(self, **decision: Any) -> str:
        """The first producer's certificate, from the pledge to the decision: its code."""
        await self.decide(await self.visited(), **decision)
        [one] = (await self.get(f"/certificates?member_id={self.farm}"))["items"]
        return str(one["code"])


async def network(piece: Piece, spy: Spy, tokens: Tokens, producers: int = 6) -> Network:
    """So many producers, known to the catalog, and somebody of the committee who acts for none of them."""
    made = Network(piece, tokens)
    made.committee = {**tokens.actor(roles=["coordinator"]), "accept-language": "en"}
    for number in range(producers):
        member_id = new_id()
        made.members.append(member_id)
        made.headers.append({**tokens.actor(roles=["producer"], members=[member_id]), "accept-language": "en"})
        fact = MemberAdmitted(member_id=member_id, kind="producer", name=f"Rancho {number}", status="active")
        await spy.publish(fact, subject=member_id)

    async def known() -> bool:
        return len(await rows(piece, "SELECT 1 FROM producers")) >= producers

    await eventually(known)
    return made


def later(piece: Piece, days: int) -> date:
    """The clock goes that many days further; returns the day that it is then."""
    before = piece.database.clock
    piece.database.clock = lambda: before() + timedelta(days=days)
    return TODAY + timedelta(days=days)
