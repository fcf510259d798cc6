"""The same variant at another price, at a pickup point or in a cycle."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.catalog import HubOffered, HubOfferWithdrawn
from contracts.members import MemberErased
from contracts.orders import CycleClosed, CyclePublished, CycleState, PublicPickup
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, admit, create, rows

NOW = datetime.now(UTC)


def pesos(amount: str) -> Json:
    return {"amount": amount, "currency": "MXN"}


@pytest.fixture
async def variant_id(piece: Piece, farmer: Headers, admitted: UUID) -> str:
    made = await create(piece, farmer, publish=True)
    return str(made["variants"][0]["id"])


async def tell_cycle(
    spy: Spy, piece: Piece, cycle_id: UUID, points: list[UUID], fact: type[CycleState] = CyclePublished
) -> None:
    """Orders tells of a cycle that hands out at these points, and the catalog has heard."""
    told = fact(
        cycle_id=cycle_id,
        name="Semana 12",
        opens_at=NOW,
        closes_at=NOW + timedelta(days=2),
        supplier_ids=[],
        pickups=[
            PublicPickup(
                pickup_point_id=point,
                name="Centro",
                address="Av. Hidalgo 1",
                location=None,
                starts_at=NOW + timedelta(days=3),
                ends_at=NOW + timedelta(days=3, hours=2),
            )
            for point in points
        ],
    )
    await spy.publish(told, subject=cycle_id, version=2 if fact is CycleClosed else 1)

    async def known() -> bool:
        found = await rows(piece, "SELECT pickup_point_id FROM known_pickups WHERE cycle_id = :id", id=cycle_id)
        return {row.pickup_point_id for row in found} == set(points)

    await eventually(known)


@pytest.fixture
def point() -> UUID:
    return uuid4()


@pytest.fixture
async def cycle(spy: Spy, piece: Piece, point: UUID) -> UUID:
    cycle_id = uuid4()
    await tell_cycle(spy, piece, cycle_id, [point])
    return cycle_id


async def offered(piece: Piece, headers: Headers, **body: Any) -> Json:
    answer = await piece.client.post("/v1/hub-offers", json={"price": pesos("27.00"), **body}, headers=headers)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def refused(piece: Piece, headers: Headers, **body: Any) -> tuple[int, str, str | None]:
    """Status, type and pointer."""
    answer = await piece.client.post("/v1/hub-offers", json={"price": pesos("27.00"), **body}, headers=headers)
    problem = answer.json()
    at = problem["errors"][0]["pointer"] if problem.get("errors") else None
    return answer.status_code, problem["type"].removeprefix("urn:trama:problem:"), at


async def test_a_variant_gets_a_price_of_its_own_at_a_point_without_being_copied(
    *, piece: Piece, spy: Spy, farmer: Headers, variant_id: str, cycle: UUID, point: UUID
) -> None:
    fee = {"name": "Refrigeración", "amount": pesos("0.50"), "payee": "network"}
    made = await offered(piece, farmer, variant_id=variant_id, pickup_point_id=str(point), fees=[fee], exclusive=True)

    assert (made["price"], made["fees"], made["cycle_id"], made["version"]) == (pesos("27.00"), [fee], None, 1)
    event = await spy.next(HubOffered, UUID(made["id"]))
    assert (event.data.pickup_point_id, event.data.exclusive, event.data.price.minor) == (point, True, 2700)
    assert [(one.name, one.amount.minor) for one in event.data.fees] == [("Refrigeración", 50)]
    listed = (await piece.client.get(f"/v1/hub-offers?pickup_point_id={point}")).json()
    assert listed == {"items": [made], "next": None}
    assert (await piece.client.get(f"/v1/hub-offers?cycle_id={cycle}")).json()["items"] == []
    products = (await piece.client.get("/v1/products")).json()["items"]
    assert len(products) == len(products[0]["variants"]) == 1


async def test_it_is_changed_by_the_version_that_was_read_and_ended_at_once(
    *, piece: Piece, spy: Spy, farmer: Headers, coordinator: Headers, variant_id: str, cycle: UUID
) -> None:
    made = await offered(piece, farmer, variant_id=variant_id, cycle_id=str(cycle))
    address, offer_id = f"/v1/hub-offers/{made['id']}", UUID(made["id"])
    until = (NOW + timedelta(days=9)).isoformat()

    assert (await piece.client.patch(address, json={"price": pesos("28.00")}, headers=farmer)).status_code == 428
    stale = {**farmer, "if-match": '"5"'}
    assert (await piece.client.patch(address, json={"price": pesos("28.00")}, headers=stale)).status_code == 412
    body = {"price": pesos("28.00"), "valid_until": until}
    changed = await piece.client.patch(address, json=body, headers={**coordinator, "if-match": '"1"'})
    assert (changed.status_code, changed.json()["version"], changed.headers["etag"]) == (200, 2, '"2"')
    same = await piece.client.patch(address, json=body, headers={**farmer, "if-match": '"2"'})
    assert same.json()["version"] == 2
    endless = await piece.client.patch(address, json={"valid_until": None}, headers={**farmer, "if-match": '"2"'})
    assert (endless.json()["valid_until"], endless.json()["version"]) == (None, 3)

    assert (await piece.client.delete(address, headers=farmer)).status_code == 204
    assert (await piece.client.delete(address, headers=farmer)).status_code == 204
    assert (await spy.next(HubOfferWithdrawn, offer_id)).version == 4
    late = await piece.client.patch(address, json=body, headers={**farmer, "if-match": "*"})
    assert (late.status_code, late.json()["type"]) == (409, "urn:trama:problem:withdrawn")
    assert (await piece.client.get("/v1/hub-offers")).json()["items"] == []
    assert (await piece.client.get("/v1/hub-offers?ended=true")).json()["items"][0]["withdrawn_at"] is not None
    assert (await piece.client.get(f"/v1/hub-offers/{uuid4()}")).status_code == 404


async def test_an_id_sent_again_is_the_same_offer(
    piece: Piece, farmer: Headers, variant_id: str, cycle: UUID, point: UUID
) -> None:
    body = {"id": str(uuid4()), "variant_id": variant_id, "cycle_id": str(cycle)}
    assert (await offered(piece, farmer, **body))["id"] == (await offered(piece, farmer, **body))["id"]
    other = body | {"pickup_point_id": str(point)}
    assert await refused(piece, farmer, **other) == (409, "id-taken", None)


async def test_there_is_one_price_for_a_variant_a_place_and_a_time_also_in_a_race(
    piece: Piece, farmer: Headers, variant_id: str, cycle: UUID, point: UUID
) -> None:
    day = [(NOW + timedelta(days=days)).isoformat() for days in range(4)]
    at = {"variant_id": variant_id, "pickup_point_id": str(point), "price": pesos("27.00")}

    async def attempt(number: int) -> int:
        body = at | {"valid_from": day[0], "valid_until": day[2], "price": pesos(f"{20 + number}.00")}
        return (await piece.client.post("/v1/hub-offers", json=body, headers=farmer)).status_code

    assert sorted(await asyncio.gather(*(attempt(number) for number in range(8)))) == [201] + [409] * 7
    assert await refused(piece, farmer, **at, valid_from=day[1]) == (409, "overlaps", "/valid_from")
    after = await offered(piece, farmer, **at, valid_from=day[2], valid_until=day[3])
    await offered(piece, farmer, **at, cycle_id=str(cycle))
    await offered(piece, farmer, variant_id=variant_id, cycle_id=str(cycle))
    sooner = {"valid_from": day[1]}
    answer = await piece.client.patch(f"/v1/hub-offers/{after['id']}", json=sooner, headers={**farmer, "if-match": "*"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:overlaps")
    await piece.client.delete(f"/v1/hub-offers/{after['id']}", headers=farmer)
    await offered(piece, farmer, **at, valid_from=day[2])


async def test_without_the_guard_of_the_database_the_same_race_leaves_two_prices(
    piece: Piece, farmer: Headers, variant_id: str, cycle: UUID
) -> None:
    async with piece.database.transaction() as work:
        await work.execute(text("ALTER TABLE hub_offers DROP CONSTRAINT ex_hub_offers_one_price"))
    body = {"variant_id": variant_id, "cycle_id": str(cycle), "price": pesos("27.00")}
    answers = await asyncio.gather(*(piece.client.post("/v1/hub-offers", json=body, headers=farmer) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4


async def test_coordinators_and_the_producer_itself_set_prices_and_nobody_else(
    *, piece: Piece, coordinator: Headers, tokens: Tokens, farm: UUID, variant_id: str, cycle: UUID
) -> None:
    at = {"variant_id": variant_id, "cycle_id": str(cycle)}
    neighbour = tokens.actor(roles=["producer"], members=[uuid4()])
    family = tokens.actor(roles=["member"], members=[farm])
    assert await refused(piece, neighbour, **at) == (403, "not-yours", None)
    assert await refused(piece, family, **at) == (403, "not-yours", None)
    assert (await refused(piece, {}, **at))[0] == 401
    made = await offered(piece, coordinator, **at)
    for headers in (neighbour, family):
        answer = await piece.client.delete(f"/v1/hub-offers/{made['id']}", headers=headers)
        assert answer.status_code == 403


async def test_what_is_wrong_is_named(
    *, piece: Piece, farmer: Headers, coordinator: Headers, variant_id: str, cycle: UUID, point: UUID
) -> None:
    at = {"variant_id": variant_id, "cycle_id": str(cycle)}
    fee = {"name": "Frío", "amount": pesos("0.50"), "payee": "network"}
    yesterday = (NOW - timedelta(days=1)).isoformat()
    wrong: list[tuple[Json, str, str]] = [
        ({"cycle_id": None}, "no-hub", "/pickup_point_id"),
        ({"variant_id": str(uuid4())}, "unknown-variant", "/variant_id"),
        ({"cycle_id": str(uuid4())}, "unknown-cycle", "/cycle_id"),
        ({"cycle_id": None, "pickup_point_id": str(uuid4())}, "unknown-pickup-point", "/pickup_point_id"),
        ({"pickup_point_id": str(uuid4())}, "unknown-pickup-point", "/pickup_point_id"),
        ({"price": pesos("0.00")}, "price-not-positive", "/price/amount"),
        ({"price": pesos("-3.00")}, "price-not-positive", "/price/amount"),
        ({"price": {"amount": "1.00", "currency": "USD"}}, "wrong-currency", "/price/currency"),
        ({"valid_from": NOW.isoformat(), "valid_until": yesterday}, "ends-before-it-starts", "/valid_until"),
        ({"fees": [fee, fee]}, "repeated", "/fees/1/name"),
        ({"fees": [fee | {"amount": pesos("0.00")}]}, "price-not-positive", "/fees/0/amount/amount"),
        ({"fees": [fee | {"payee": "the moon"}]}, "unknown-payee", "/fees/0/payee"),
        ({"fees": [fee | {"payee": str(uuid4())}]}, "unknown-payee", "/fees/0/payee"),
    ]
    for change, kind, pointer in wrong:
        assert await refused(piece, farmer, **(at | change)) == (422, kind, pointer)
    for field, value in (
        ("fees", [fee] * 11),
        ("valid_from", "2026-01-01T00:00:00"),
        ("price", {"amount": 3, "currency": "MXN"}),
        ("discount", "1"),
    ):
        answer = await piece.client.post(
            "/v1/hub-offers", json={"price": pesos("1.00"), **at, field: value}, headers=farmer
        )
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"].startswith(f"/{field}")
    assert await rows(piece, "SELECT 1 FROM hub_offers") == []
    await admit_payee(piece, farmer, at, fee)


async def admit_payee(piece: Piece, farmer: Headers, at: Json, fee: Json) -> None:
    """A fee may be for a member that the catalog knows."""
    [one] = await rows(piece, "SELECT member_id FROM producers")
    made = await offered(piece, farmer, **at, fees=[fee | {"payee": str(one.member_id).upper()}])
    assert made["fees"][0]["payee"] == str(one.member_id), "one member is written in one way"


async def test_a_cycle_first_heard_of_when_it_closed_is_known_all_the_same(
    piece: Piece, spy: Spy, farmer: Headers, variant_id: str
) -> None:
    cycle_id, point = uuid4(), uuid4()
    await tell_cycle(spy, piece, cycle_id, [point], CycleClosed)
    await offered(piece, farmer, variant_id=variant_id, cycle_id=str(cycle_id), pickup_point_id=str(point))


@pytest.fixture
async def alone(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("catalog", pieces=("catalog",)) as piece:
        yield piece


async def test_where_orders_is_not_deployed_ids_are_taken_as_they_are(
    alone: Piece, spy: Spy, farmer: Headers, farm: UUID
) -> None:
    await admit(spy, alone, farm, "Rancho El Mezquite")
    made = await create(alone, farmer)
    await offered(alone, farmer, variant_id=made["variants"][0]["id"], pickup_point_id=str(uuid4()))


async def test_the_offers_of_an_erased_member_end(
    *, piece: Piece, spy: Spy, farmer: Headers, variant_id: str, cycle: UUID, admitted: UUID
) -> None:
    made = await offered(piece, farmer, variant_id=variant_id, cycle_id=str(cycle))
    await spy.publish(MemberErased(member_id=admitted), subject=admitted, version=9)
    assert (await spy.next(HubOfferWithdrawn, UUID(made["id"]))).version == 2


async def test_a_page_of_offers_makes_as_many_queries_as_one_offer(
    piece: Piece, spy: Spy, farmer: Headers, variant_id: str
) -> None:
    counts = []
    for _ in range(3):
        cycle_id = uuid4()
        await tell_cycle(spy, piece, cycle_id, [uuid4()])
        fee = {"name": "Frío", "amount": pesos("0.50")}
        await offered(piece, farmer, variant_id=variant_id, cycle_id=str(cycle_id), fees=[fee])
        with piece.counted_queries() as statements:
            await piece.client.get("/v1/hub-offers")
        counts.append(len(statements))
    assert len(set(counts)) == 1
    first = (await piece.client.get(f"/v1/hub-offers?variant_id={variant_id}&limit=2")).json()
    rest = (await piece.client.get(f"/v1/hub-offers?variant_id={variant_id}&limit=2&after={first['next']}")).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
