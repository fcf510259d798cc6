"""An entry's life: entered by its owner, published by a steward, changed, withdrawn; and who may see and do what."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.directory import EntityPublished, EntityWithdrawn
from contracts.members import MemberAdmitted, MemberChanged, MemberLeft, MemberState, MemberStatus
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens

BAKERY = {
    "name": "Panadería La Espiga",
    "description": "Pan de masa madre.\n\nCon harina local.",
    "country": "México",
    "city": "Querétaro",
    "website": "www.laespiga.example.org",
    "activities": ["Bakery", "food_cooperative", "bakery"],
    "location": {"lat": 20.5931, "lon": -100.3899},
}


class Owner:
    """A user of one member."""

    def __init__(self, piece: Piece, tokens: Tokens) -> None:
        self.member = uuid4()
        self.headers = {**tokens.actor(roles=["member"], members=[self.member]), "accept-language": "en"}
        self._piece = piece

    async def enter(self, **fields: Any) -> dict[str, Any]:
        answer = await self._piece.client.post("/v1/entities", json={**BAKERY, **fields}, headers=self.headers)
        assert answer.status_code == 201, answer.text
        entity: dict[str, Any] = answer.json()
        return entity


@pytest.fixture
def owner(piece: Piece, tokens: Tokens) -> Owner:
    return Owner(piece, tokens)


async def publish(piece: Piece, steward: dict[str, str], entity: dict[str, Any]) -> dict[str, Any]:
    answer = await piece.client.post(f"/v1/entities/{entity['id']}/publish", headers=steward)
    assert answer.status_code == 200, answer.text
    published: dict[str, Any] = answer.json()
    return published


async def listed(piece: Piece, q: str = "") -> list[str]:
    return [item["id"] for item in (await piece.client.get("/v1/entities", params={"q": q})).json()["items"]]


async def test_a_draft_is_seen_by_its_owner_and_stewards_alone(
    piece: Piece, owner: Owner, tokens: Tokens, steward: dict[str, str]
) -> None:
    entity = await owner.enter()
    assert (entity["status"], entity["owner_id"], entity["version"]) == ("draft", str(owner.member), 1)
    assert (entity["country"], entity["activities"]) == ("MX", ["bakery", "food_cooperative"])
    assert entity["website"] == "http://www.laespiga.example.org"
    address = f"/v1/entities/{entity['id']}"
    assert (await piece.client.get(address, headers=owner.headers)).json() == entity
    assert (await piece.client.get(address, headers=steward)).json() == entity
    assert (await piece.client.get(address)).status_code == 404
    stranger = tokens.actor(roles=["member"], members=[uuid4()])
    assert (await piece.client.get(address, headers=stranger)).status_code == 404
    assert await listed(piece) == []
    own = await piece.client.get("/v1/entities/own", headers=owner.headers)
    assert own.json() == [entity]
    assert (await piece.client.get("/v1/entities/own", headers=stranger)).json() == []


async def test_a_published_entry_is_found_by_everybody_and_told_to_the_others(
    piece: Piece, owner: Owner, steward: dict[str, str], spy: Spy
) -> None:
    entity = await publish(piece, steward, await owner.enter())
    assert entity["status"] == "published"
    assert await listed(piece, "panaderia") == [entity["id"]]
    assert (await piece.client.get(f"/v1/entities/{entity['id']}")).json() == entity
    event = await spy.next(EntityPublished, UUID(entity["id"]))
    assert (event.version, event.data.owner_id) == (2, owner.member)
    assert event.data.model_dump(mode="json") == {
        "entity_id": entity["id"],
        **{name: entity[name] for name in ("owner_id", "name", "description", "country", "city")},
        **{name: entity[name] for name in ("activities", "website", "location")},
    }


async def test_publishing_and_withdrawing_twice_is_told_once(
    piece: Piece, owner: Owner, steward: dict[str, str], spy: Spy
) -> None:
    entity = await owner.enter()
    assert await publish(piece, steward, entity) == await publish(piece, steward, entity)
    address = f"/v1/entities/{entity['id']}/withdraw"
    for _ in range(2):
        answer = await piece.client.post(address, headers=owner.headers)
        assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (200, "withdrawn", 3)
    assert await listed(piece) == []
    assert (await piece.client.get(f"/v1/entities/{entity['id']}")).status_code == 404
    again = await publish(piece, steward, entity)
    await spy.next(EntityPublished, UUID(entity["id"]), count=2)
    assert [one.version for one in spy.seen(EntityPublished)] == [2, again["version"]] == [2, 4]
    assert [one.version for one in spy.seen(EntityWithdrawn)] == [3]


async def test_a_change_needs_the_newest_version(piece: Piece, owner: Owner, steward: dict[str, str], spy: Spy) -> None:
    entity = await publish(piece, steward, await owner.enter())
    address = f"/v1/entities/{entity['id']}"
    etag = (await piece.client.get(address)).headers["etag"]
    change = {"name": "La Espiga Dorada", "location": None}
    assert (await piece.client.patch(address, json=change, headers=owner.headers)).status_code == 428
    first = await piece.client.patch(address, json=change, headers={**owner.headers, "if-match": etag})
    assert first.status_code == 200, first.text
    assert (first.json()["name"], first.json()["location"], first.json()["city"]) == (change["name"], None, "Querétaro")
    for stale in etag, '"x"', '"999"':
        late = await piece.client.patch(address, json=change, headers={**owner.headers, "if-match": stale})
        assert (late.status_code, late.json()["type"]) == (412, "urn:trama:problem:changed-meanwhile")
    assert await listed(piece, "dorada") == [entity["id"]]
    assert await listed(piece, "panaderia") == []
    event = await spy.next(EntityPublished, UUID(entity["id"]), count=2)
    assert (event.version, event.data.name, event.data.location) == (3, "La Espiga Dorada", None)


async def test_the_same_id_sent_again_is_the_same_entry(piece: Piece, owner: Owner, tokens: Tokens) -> None:
    mine = str(uuid4())
    first = await owner.enter(id=mine)
    assert first["id"] == mine
    assert await owner.enter(id=mine, name="Another name") == first
    other = Owner(piece, tokens)
    answer = await piece.client.post("/v1/entities", json={**BAKERY, "id": mine}, headers=other.headers)
    assert answer.status_code == 404


async def test_the_same_id_sent_twice_at_once_is_entered_once(piece: Piece, owner: Owner) -> None:
    bodies = [{**BAKERY, "id": str(uuid4()), "name": "Uno"}]
    bodies += [{**bodies[0], "name": name} for name in ("Dos", "Tres", "Cuatro", "Cinco", "Seis")]
    sending = [piece.client.post("/v1/entities", json=body, headers=owner.headers) for body in bodies]
    answers = await asyncio.gather(*sending)
    assert {answer.status_code for answer in answers} <= {201, 409}
    (entity,) = (await piece.client.get("/v1/entities/own", headers=owner.headers)).json()
    assert [answer.json() for answer in answers if answer.status_code == 201 and answer.json() != entity] == []


async def test_only_the_owner_and_stewards_change_and_only_stewards_publish(
    piece: Piece, owner: Owner, tokens: Tokens, steward: dict[str, str]
) -> None:
    entity = await owner.enter()
    address = f"/v1/entities/{entity['id']}"
    stranger = {**tokens.actor(roles=["member", "producer", "coordinator"], members=[uuid4()]), "if-match": '"1"'}
    assert (await piece.client.post(f"{address}/publish", headers=owner.headers)).status_code == 403
    assert (await piece.client.patch(address, json={"name": "x"}, headers=stranger)).status_code == 404
    assert (await piece.client.post(f"{address}/withdraw", headers=stranger)).status_code == 404
    assert (await piece.client.post(f"{address}/withdraw")).status_code == 401
    await publish(piece, steward, entity)
    assert (await piece.client.patch(address, json={"name": "x"}, headers=stranger)).status_code == 403
    assert (await piece.client.post(f"{address}/withdraw", headers=stranger)).status_code == 403
    answer = await piece.client.patch(address, json={"name": "Mended"}, headers={**steward, "if-match": '"2"'})
    assert answer.status_code == 200
    admin = tokens.actor(roles=["admin"])
    assert (await piece.client.post(f"{address}/withdraw", headers=admin)).status_code == 200


async def test_nobody_enters_another_member(
    piece: Piece, owner: Owner, tokens: Tokens, steward: dict[str, str]
) -> None:
    async def answer(headers: dict[str, str], **fields: Any) -> tuple[int, Any]:
        answered = await piece.client.post("/v1/entities", json={**BAKERY, **fields}, headers=headers)
        return answered.status_code, answered.json().get(
            "owner_id", answered.json()["type"].rpartition(":")[2] if answered.status_code > 201 else None
        )

    other = str(uuid4())
    assert await answer({}) == (401, "token-missing")
    assert await answer(owner.headers, owner_id=other) == (403, "not-your-member")
    assert await answer(tokens.actor(roles=["member"])) == (422, "owner-missing")
    both = tokens.actor(roles=["member"], members=[UUID(other), uuid4()])
    assert await answer(both) == (422, "owner-missing")
    assert await answer(both, owner_id=other) == (201, other)
    assert await answer(steward) == (201, None)
    assert await answer(steward, owner_id=other) == (201, other)


def told(member: UUID, status: MemberStatus, kind: type[MemberState]) -> MemberState:
    return kind(member_id=member, kind="producer", name="La Espiga", status=status)


async def heard(piece: Piece, member: UUID, status: str) -> None:
    async def known() -> str | None:
        async with piece.database.reading() as connection:
            statement = text("SELECT status FROM owners WHERE member_id = :id")
            found: str | None = (await connection.execute(statement, {"id": member})).scalar_one_or_none()
            return found

    await eventually(known, lambda found: found == status)


@pytest.mark.parametrize(("said", "ending"), [(MemberChanged, "left"), (MemberLeft, "left"), (MemberLeft, "excluded")])
async def test_what_a_member_has_published_is_withdrawn_when_the_membership_ends(
    *,
    piece: Piece,
    owner: Owner,
    steward: dict[str, str],
    tokens: Tokens,
    spy: Spy,
    said: type[MemberState],
    ending: MemberStatus,
) -> None:
    await spy.publish(told(owner.member, "active", MemberAdmitted), subject=owner.member, version=2)
    entity = await publish(piece, steward, await owner.enter())
    draft = await owner.enter()
    other = Owner(piece, tokens)
    stays = await publish(piece, steward, await other.enter())
    await spy.publish(told(owner.member, ending, said), subject=owner.member, version=3)
    event = await spy.next(EntityWithdrawn, UUID(entity["id"]))
    assert (event.version, event.data.name) == (3, entity["name"])
    assert await listed(piece) == [stays["id"]]
    assert len(spy.seen(EntityWithdrawn)) == 1
    answer = await piece.client.post(f"/v1/entities/{entity['id']}/publish", headers=steward)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:trama:problem:member-not-active")
    answer = await piece.client.post(f"/v1/entities/{draft['id']}/publish", headers=steward)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("status", "code"), [("active", 201), ("in_arrears", 201), ("suspended", 403), ("applied", 403)]
)
async def test_entering_takes_a_membership_in_standing(
    piece: Piece, owner: Owner, spy: Spy, status: MemberStatus, code: int
) -> None:
    await spy.publish(told(owner.member, status, MemberChanged), subject=owner.member)
    await heard(piece, owner.member, status)
    assert (await piece.client.post("/v1/entities", json=BAKERY, headers=owner.headers)).status_code == code


# What is sent, and the pointer to what is wrong with it.
BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "/name"),
    ({"name": "x" * 201}, "/name"),
    ({"name": "<b>x</b>"}, "/name"),
    ({"name": "\u200b"}, "/name"),
    ({"description": "Bread <script>alert(1)</script>"}, "/description"),
    ({"description": "&lt;img src=x onerror=alert(1)&gt;"}, "/description"),
    ({"description": "x" * 10_001}, "/description"),
    ({"country": "Atlantis"}, "/country"),
    ({"website": "javascript:alert(1)"}, "/website"),
    ({"website": "update6"}, "/website"),
    ({"location": {"lat": 200.0, "lon": 0}}, "/location/lat"),
    ({"location": {"lat": -100.3899, "lon": 20.5931}}, "/location/lat"),
    ({"country": "LV", "location": {"lat": 24.858526, "lon": 57.157465}}, "/location"),
    ({"activities": ["κήπος"]}, "/activities/0"),
    ({"activities": ["a"] * 41}, "/activities"),
    ({"qualifiers": {"organic": "very"}}, "/qualifiers/organic"),
    ({"colour": "green"}, "/colour"),
]


async def test_a_bad_field_is_named_and_nothing_is_kept(piece: Piece, owner: Owner) -> None:
    for fields, pointer in BAD_FIELDS:
        answer = await piece.client.post("/v1/entities", json={**BAKERY, **fields}, headers=owner.headers)
        assert answer.status_code == 422, (fields, answer.text)
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await piece.client.get("/v1/entities/own", headers=owner.headers)).json() == []


async def test_a_retried_entry_is_made_once(piece: Piece, owner: Owner) -> None:
    headers = {**owner.headers, "idempotency-key": "k1"}
    first = await piece.client.post("/v1/entities", json=BAKERY, headers=headers)
    again = await piece.client.post("/v1/entities", json=BAKERY, headers=headers)
    assert first.content == again.content
    assert len((await piece.client.get("/v1/entities/own", headers=owner.headers)).json()) == 1


async def test_a_nul_character_is_left_out_rather_than_an_error(owner: Owner) -> None:
    assert (await owner.enter(name="La\0 Espiga", keywords=["pan\0"]))["name"] == "La Espiga"
