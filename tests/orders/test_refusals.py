"""What is refused, each with a problem that says what would be right, and with nothing done."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.members import MemberChanged, MemberLeft, MemberState
from contracts.orders import OrderPlaced
from kit.ids import new_id
from kit.testing.pieces import eventually
from tests.orders.shop import Family, OpenCycle, Shop, variant


class Stall:
    """A cycle with one kilo in half kilos on offer, from a whole one up, and a family."""

    def __init__(self, shop: Shop, cycle: OpenCycle, kilo: str, family: Family) -> None:
        self.shop, self.cycle, self.kilo, self.family = shop, cycle, kilo, family

    async def refused(self, body: dict[str, Any], headers: dict[str, str] | None = None) -> tuple[int, str, str | None]:
        """Status, code and pointer of the answer; nothing was placed."""
        answer = await self.shop.client.post("/v1/orders", json=body, headers=headers or self.family.headers)
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        pointer = problem.get("errors", [{}])[0].get("pointer")
        assert (await self.shop.get("/v1/orders"))["items"] == []
        assert self.shop.spy.seen(OrderPlaced) == []
        return answer.status_code, problem["type"].removeprefix("urn:trama:problem:"), pointer

    def wish(self, **line: Any) -> dict[str, Any]:
        """An order of one line, which is right but for what is given."""
        wish: dict[str, Any] = self.cycle.wish()
        wish["lines"] = [{"variant_id": self.kilo, "quantity": "2", "tolerance": "0"} | line]
        return wish


@pytest.fixture
async def stall(shop: Shop) -> Stall:
    producer, kilo = new_id(), variant(minimum="1")
    await shop.product(producer, [kilo])
    family = await shop.family()
    return Stall(shop, await shop.cycle([producer], offers=1), str(kilo.variant_id), family)


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("-1", "invalid"),
        ("0", "invalid"),
        ("two", "invalid"),
        ("NaN", "invalid"),
        ("Infinity", "invalid"),
        ("1e2", "invalid"),
        (2, "invalid"),
        ("1000000000", "invalid"),
        ("0.0005", "invalid"),
        ("1.25", "quantity-step"),
        ("0.5", "quantity-minimum"),
    ],
)
async def test_a_quantity_that_can_not_be_is_refused_with_its_place(stall: Stall, quantity: Any, code: str) -> None:
    assert await stall.refused(stall.wish(quantity=quantity)) == (422, code, "/lines/0/quantity")


@pytest.mark.parametrize(("tolerance", "code"), [("-1", "invalid"), ("0.25", "quantity-step")])
async def test_a_tolerance_that_can_not_be_is_refused_with_its_place(stall: Stall, tolerance: str, code: str) -> None:
    assert await stall.refused(stall.wish(tolerance=tolerance)) == (422, code, "/lines/0/tolerance")


async def test_a_variant_that_is_not_in_the_cycle_is_refused(stall: Stall) -> None:
    wish = stall.wish(variant_id=str(uuid4()))
    assert await stall.refused(wish) == (422, "variant-not-in-cycle", "/lines/0/variant_id")


async def test_a_variant_written_twice_is_refused(stall: Stall) -> None:
    wish = stall.wish()
    wish["lines"] *= 2
    assert await stall.refused(wish) == (422, "variant-twice", "/lines/1/variant_id")


async def test_an_order_of_no_lines_is_refused(stall: Stall) -> None:
    assert await stall.refused(stall.cycle.wish()) == (422, "invalid", "/lines")


async def test_an_order_beyond_all_accounts_is_refused(shop: Shop) -> None:
    producer, dear = new_id(), variant("999999999.00", variable_weight=True)
    await shop.product(producer, [dear])
    cycle = await shop.cycle([producer], offers=1)
    stall = Stall(shop, cycle, str(dear.variant_id), await shop.family())
    assert await stall.refused(stall.wish(quantity="1000")) == (422, "order-too-large", "/lines")


async def test_a_pickup_that_the_cycle_does_not_have_is_refused(stall: Stall) -> None:
    wish = stall.wish() | {"pickup_point_id": str(await stall.shop.pickup_point())}
    assert await stall.refused(wish) == (422, "pickup-not-in-cycle", "/pickup_point_id")


async def test_a_cycle_that_does_not_exist_takes_no_orders(stall: Stall) -> None:
    assert await stall.refused(stall.wish() | {"cycle_id": str(uuid4())}) == (404, "cycle-not-found", None)


async def test_a_closed_cycle_takes_no_orders(stall: Stall) -> None:
    await stall.shop.post(f"/v1/cycles/{stall.cycle.id}/close")
    assert await stall.refused(stall.wish()) == (409, "cycle-closed", None)


async def test_a_cycle_that_has_not_opened_takes_no_orders(stall: Stall) -> None:
    opens_at = datetime.now(UTC) + timedelta(hours=1)
    cycle = await stall.shop.cycle([new_id()], 0, opens_at=opens_at.isoformat(), closes_at=_later(opens_at))
    wish = stall.wish() | {"cycle_id": str(cycle.id), "pickup_point_id": str(cycle.pickup_point_id)}
    assert await stall.refused(wish) == (409, "cycle-not-open", None)


def _later(instant: datetime) -> str:
    return (instant + timedelta(hours=1)).isoformat()


async def test_nobody_orders_without_signing_in(stall: Stall) -> None:
    assert (await stall.refused(stall.wish(), {"x-none": "1"}))[:2] == (401, "token-missing")


async def test_nobody_orders_for_another_family(stall: Stall) -> None:
    other = await stall.shop.family("Soto")
    wish = stall.wish() | {"member_id": str(other.id)}
    assert (await stall.refused(wish))[:2] == (403, "member-not-yours")


async def test_who_acts_for_several_members_says_for_whom(stall: Stall) -> None:
    several = stall.shop.tokens.actor(roles=["member"], members=[new_id(), new_id()])
    assert await stall.refused(stall.wish(), several) == (422, "member-needed", "/member_id")


@pytest.mark.parametrize(("said", "standing"), [(MemberChanged, "suspended"), (MemberLeft, "left")])
async def test_a_member_who_was_suspended_or_left_does_not_order(
    stall: Stall, said: type[MemberState], standing: str
) -> None:
    fact = said.model_validate({"member_id": stall.family.id, "kind": "household", "name": "Ruiz", "status": standing})
    await stall.shop.spy.publish(fact, subject=stall.family.id, version=2)

    async def status() -> str:
        async with stall.shop.piece.database.reading() as connection:
            return str((await connection.execute(text("SELECT status FROM member"))).scalar_one_or_none())

    await eventually(status, lambda found: found == standing)
    assert await stall.refused(stall.wish()) == (409, "member-not-active", None)


async def test_the_same_key_with_another_body_is_refused(stall: Stall) -> None:
    headers = stall.family.headers | {"idempotency-key": "once"}
    placed = await stall.shop.client.post("/v1/orders", json=stall.wish(), headers=headers)
    answer = await stall.shop.client.post("/v1/orders", json=stall.wish(quantity="3"), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:trama:problem:idempotency-key-reused")
    assert [order["id"] for order in (await stall.shop.get("/v1/orders"))["items"]] == [placed.json()["id"]]


async def test_another_familys_order_is_not_there(stall: Stall) -> None:
    placed = await stall.shop.post("/v1/orders", stall.wish(), stall.family.headers)
    other = await stall.shop.family("Soto")
    for method, path in (("GET", ""), ("POST", "/cancel"), ("GET", "/events")):
        answer = await stall.shop.client.request(method, f"/v1/orders/{placed['id']}{path}", headers=other.headers)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:trama:problem:order-not-found")
    listed = await stall.shop.client.get(
        "/v1/orders", params={"member_id": str(stall.family.id)}, headers=other.headers
    )
    assert listed.status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/cycles/{cycle}/close"),
        ("POST", "/v1/cycles/{cycle}/settle"),
        ("GET", "/v1/cycles/{cycle}/settlement"),
        ("GET", "/v1/cycles/{cycle}/packing"),
        ("GET", "/v1/cycles/{cycle}/purchase-orders"),
    ],
)
async def test_a_family_does_not_run_a_cycle(stall: Stall, method: str, path: str) -> None:
    answer = await stall.shop.client.request(method, path.format(cycle=stall.cycle.id), headers=stall.family.headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:trama:problem:role-missing")
    assert (await stall.shop.get(f"/v1/cycles/{stall.cycle.id}"))["status"] == "open"


async def test_a_coordinator_does_not_settle(stall: Stall) -> None:
    answer = await stall.shop.client.post(f"/v1/cycles/{stall.cycle.id}/settle", headers=stall.shop.coordinator)
    assert answer.status_code == 403


async def test_an_order_of_a_closed_cycle_is_not_cancelled(stall: Stall) -> None:
    placed = await stall.shop.post("/v1/orders", stall.wish(), stall.family.headers)
    await stall.shop.grant(UUID(placed["id"]))
    await stall.cycle.status_of(placed["id"], "confirmed")
    await stall.shop.post(f"/v1/cycles/{stall.cycle.id}/close")
    answer = await stall.shop.client.post(f"/v1/orders/{placed['id']}/cancel", headers=stall.family.headers)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:cycle-closed")


async def test_a_problem_speaks_the_callers_language(stall: Stall) -> None:
    said = []
    for language in ("en", "es-MX,es;q=0.9"):
        headers = stall.family.headers | {"accept-language": language}
        answer = await stall.shop.client.post("/v1/orders", json=stall.wish(quantity="1.25"), headers=headers)
        said.append(answer.json()["detail"])
    assert said == ["Jitomate, 1 kg is sold in steps of 0.5", "Jitomate, 1 kg se vende de 0.5 en 0.5"]
