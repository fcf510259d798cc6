"""What producers plan is set against what orders ask for, by week, crop and collection centre."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.seasons import rules
from catalog.seasons.rules import WEEK, YEAR
from contracts.orders import CyclePublished, OrderCancelled, OrderCollected, OrderConfirmed, OrderState, PublicPickup
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, admit, create, order, product, rows, variant

NOW = date(2026, 11, 16)
TODAY = datetime.now(UTC).date()
THIS_WEEK = rules.week_of(TODAY)


def weekly(quantity: str, since: date, weeks: int) -> dict[date, Decimal]:
    return {since + place * WEEK: Decimal(quantity) for place in range(weeks)}


def test_a_past_week_is_what_was_ordered_and_one_to_come_the_average_of_the_last_with_deliveries() -> None:
    ordered = weekly("10", NOW - 6 * WEEK, 3) | weekly("16", NOW - 3 * WEEK, 3)
    assert rules.demand(NOW - WEEK, NOW, ordered, set(ordered)) == rules.Demand(Decimal(16), "ordered")
    assert rules.demand(NOW + WEEK, NOW, ordered, set(ordered)) == rules.Demand(
        Decimal("13.000"), "expected", 6, Decimal("1.00")
    )
    # A week in which nothing was delivered is not one in which nobody wanted anything; one with deliveries is.
    assert rules.demand(NOW, NOW, ordered, {*ordered, NOW - 10 * WEEK}).quantity == Decimal("11.143")


def test_last_year_bends_the_average_at_least_to_half_and_at_most_to_double() -> None:
    now = weekly("10", NOW - 8 * WEEK, 8)
    then = weekly("20", NOW - YEAR - 8 * WEEK, 8)
    for around, expected in (("30", "15"), ("4", "5"), ("90", "20")):
        ordered = now | then | weekly(around, NOW - YEAR + 3 * WEEK, 3)
        asked = rules.demand(NOW + 4 * WEEK, NOW, ordered, set(ordered))
        assert asked.quantity == Decimal(expected)
        assert asked.basis == "expected"


def test_nothing_known_is_said_and_what_is_ordered_already_is_the_least() -> None:
    assert rules.demand(NOW + WEEK, NOW, {}, set()) == rules.Demand(None, "unknown")
    assert rules.meets(Decimal(5), None) == "unknown"
    ordered = weekly("10", NOW - 8 * WEEK, 8) | {NOW: Decimal(14)}
    assert rules.demand(NOW, NOW, ordered, set(ordered)) == rules.Demand(Decimal(14), "ordered")


@given(
    planned=st.decimals(0, 1000, places=3),
    asked=st.decimals(0, 1000, places=3),
)
def test_a_gap_is_below_and_a_glut_above_a_tenth_of_the_demand(planned: Decimal, asked: Decimal) -> None:
    found = rules.meets(planned, asked)
    assert (found == "gap") == (planned * 10 < asked * 9)
    assert (found == "glut") == (planned * 10 > asked * 11)


@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)))
def test_a_week_is_written_and_read_as_iso_8601_says(day: date) -> None:
    monday = rules.monday(rules.iso(day), "/week")
    assert monday.weekday() == 0
    assert monday <= day < monday + WEEK


@pytest.fixture
def centre() -> UUID:
    return uuid4()


async def cycle(spy: Spy, piece: Piece, week: date, *places: UUID) -> UUID:
    """A cycle that is collected in that week at these places; the catalog has heard of it."""
    cycle_id, at = uuid4(), datetime(week.year, week.month, week.day, 18, tzinfo=UTC) + timedelta(days=4)
    pickups = [
        PublicPickup(
            pickup_point_id=place, name=f"Centro {number}", address="", location=None, starts_at=at, ends_at=at
        )
        for number, place in enumerate(places, 1)
    ]
    fact = CyclePublished(cycle_id=cycle_id, name="Semana", opens_at=at, closes_at=at, supplier_ids=[], pickups=pickups)
    await spy.publish(fact, subject=cycle_id)

    async def heard() -> bool:
        return bool(await rows(piece, "SELECT 1 FROM season_pickups WHERE cycle_id = :id", id=cycle_id))

    await eventually(heard)
    return cycle_id


def asks[F: OrderState](
    fact: type[F], cycle_id: UUID, place: UUID, variant_id: str, quantity: str, *, order_id: UUID | None = None
) -> F:
    made = order(fact, [(variant_id, quantity)], order_id=order_id)
    return made.model_copy(update={"cycle_id": cycle_id, "pickup_point_id": place})


async def balance(piece: Piece, headers: Headers, **params: str) -> list[Json]:
    wanted = {"from": rules.iso(THIS_WEEK - WEEK), "until": rules.iso(THIS_WEEK + WEEK), **params}
    answer = await piece.client.get("/v1/season-balance", params=wanted, headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def plan(piece: Piece, headers: Headers, product_id: str, weeks: dict[date, str], **more: Any) -> Json:
    body = {
        "product_id": product_id,
        "weeks": [{"week": rules.iso(week), "quantity": quantity} for week, quantity in weeks.items()],
        **more,
    }
    answer = await piece.client.post("/v1/season-plans", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def test_products_of_two_producers_are_added_up_as_one_crop_against_what_orders_ask_for(
    *, piece: Piece, spy: Spy, tokens: Tokens, coordinator: Headers, farmer: Headers, admitted: UUID, centre: UUID
) -> None:
    neighbour = uuid4()
    await admit(spy, piece, neighbour, "Rancho Vecino")
    other = {**tokens.actor(roles=["producer"], members=[neighbour]), "accept-language": "en"}
    mine, theirs = await create(piece, farmer, publish=True), await create(piece, other, publish=True)
    answer = await piece.client.post("/v1/crops", json={"name": "Jitomate", "unit": "KGM"}, headers=coordinator)
    crop_id = answer.json()["id"]
    for headers, one in ((farmer, mine), (other, theirs)):
        path = f"/v1/products/{one['id']}/crop"
        assert (await piece.client.put(path, json={"crop_id": crop_id}, headers=headers)).status_code == 204
        await plan(piece, headers, one["id"], {THIS_WEEK - WEEK: "4", THIS_WEEK: "8.5"})
    last = await cycle(spy, piece, THIS_WEEK - WEEK, centre)
    now = await cycle(spy, piece, THIS_WEEK, centre)
    first, second = (one["variants"][0]["id"] for one in (mine, theirs))
    for cycle_id, variant_id, quantity in ((last, first, "9"), (last, second, "3"), (now, first, "2")):
        await tell(spy, asks(OrderConfirmed, cycle_id, centre, variant_id, quantity))
    await eventually(is_demand(piece, {first: "11", second: "3"}))

    [found] = await balance(piece, farmer)
    assert (found["kind"], found["name"], found["unit"], found["place"]) == ("crop", "Jitomate", "KGM", None)
    before, this, following = found["weeks"]
    assert figures(before) == ("8", "12", "ordered", "-4", "gap")
    assert before["producers"] == 2
    # One week with deliveries is known: its 12 are expected, above the 2 that are ordered already.
    assert figures(this) == ("17", "12", "expected", "5", "glut")
    assert figures(following) == ("0", "12", "expected", "-12", "gap")

    apart = await balance(piece, coordinator, by="place", crop_id=crop_id)
    assert [one["place"] and one["place"]["name"] for one in apart] == ["Centro 1", None]
    # What was ordered was ordered at the centre; what is planned was planned for no place in particular.
    assert [figures(one["weeks"][0])[:3] for one in apart] == [("0", "12", "ordered"), ("8", "0", "ordered")]


def figures(week: Json) -> tuple[str, str | None, str, str | None, str]:
    return week["planned"], week["demand"], week["basis"], week["difference"], week["meets"]


async def tell(spy: Spy, fact: OrderState, version: int = 1) -> None:
    await spy.publish(fact, subject=fact.order_id, version=version)


def is_demand(piece: Piece, expected: dict[str, str]) -> Callable[[], Awaitable[bool]]:
    """Whether orders are counted as asking for so much of each variant."""

    async def counted() -> bool:
        found = await rows(piece, "SELECT variant_id, sum(quantity) FROM season_demand GROUP BY 1")
        return {str(row[0]): row[1] for row in found if row[1]} == {
            variant_id: Decimal(quantity) for variant_id, quantity in expected.items()
        }

    return counted


async def test_an_order_counts_once_whatever_comes_twice_and_not_when_it_is_taken_back(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, centre: UUID
) -> None:
    made = await create(piece, farmer, publish=True)
    variant_id = made["variants"][0]["id"]
    week = await cycle(spy, piece, THIS_WEEK, centre)
    kept, back = (asks(OrderConfirmed, week, centre, variant_id, quantity) for quantity in ("2", "3"))
    for fact in (kept, back):
        await tell(spy, fact)
    await eventually(is_demand(piece, {variant_id: "5"}))
    cancelled = asks(OrderCancelled, week, centre, variant_id, "3", order_id=back.order_id)
    # Collected, it still asks for what was ordered, though less was packed.
    collected = asks(OrderCollected, week, centre, variant_id, "2", order_id=kept.order_id)
    await tell(spy, cancelled, 2)
    await tell(spy, collected, 2)
    await eventually(is_demand(piece, {variant_id: "2"}))
    # One that was never heard of before it ended, and one whose confirmation was skipped.
    await tell(spy, asks(OrderCancelled, week, centre, variant_id, "7"), 2)
    await tell(spy, asks(OrderCollected, week, centre, variant_id, "4"), 3)
    await eventually(is_demand(piece, {variant_id: "6"}))


async def test_what_is_ordered_in_another_unit_is_told_apart_and_not_added(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, centre: UUID
) -> None:
    bag = variant("bolsa", unit="H87", net_content={"quantity": "250", "unit": "GRM"})
    body = product("Huevo", variant("kilo"), variant("pieza", unit="H87"), bag)
    made = await create(piece, farmer, body, publish=True)
    kilo, one, bags = (each["id"] for each in made["variants"])
    week = await cycle(spy, piece, THIS_WEEK - WEEK, centre)
    for variant_id, quantity in ((kilo, "2"), (one, "30"), (bags, "6")):
        await tell(spy, asks(OrderConfirmed, week, centre, variant_id, quantity))
    await eventually(is_demand(piece, {kilo: "2", one: "30", bags: "6"}))
    [found] = await balance(piece, farmer)
    assert (found["kind"], found["name"], found["unit"]) == ("product", "Huevo", "KGM")
    assert found["weeks"][0]["demand"] == "3.5"
    assert found["left_out"] == [{"unit": "H87", "quantity": "30"}]


async def test_a_plan_is_changed_week_by_week_and_says_how(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    made = await create(piece, farmer)
    first = await plan(piece, farmer, made["id"], {THIS_WEEK: "5", THIS_WEEK + WEEK: "6"}, note="Si llueve")
    path = f"/v1/season-plans/{first['id']}"
    changes = {"weeks": [{"week": rules.iso(THIS_WEEK), "quantity": "0"},
                         {"week": rules.iso(THIS_WEEK + 2 * WEEK), "quantity": "7.5"}]}  # fmt: skip
    answer = await piece.client.patch(path, json=changes, headers={**farmer, "if-match": '"1"'})
    assert answer.status_code == 200, answer.text
    assert [(week["week"], week["quantity"]) for week in answer.json()["weeks"]] == [
        (rules.iso(THIS_WEEK + WEEK), "6"),
        (rules.iso(THIS_WEEK + 2 * WEEK), "7.5"),
    ]
    late = await piece.client.patch(path, json=changes, headers={**farmer, "if-match": '"1"'})
    assert (late.status_code, late.json()["type"]) == (412, "urn:trama:problem:changed-meanwhile")
    history = (await piece.client.get(f"{path}/changes", headers=farmer)).json()["items"]
    assert [(one["before"], one["after"]) for one in history] == [("0", "7.5"), ("5", "0"), ("0", "6"), ("0", "5")]


async def test_gaps_are_a_chart_and_a_spreadsheet_too(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    made = await create(piece, farmer, product("Queso <fresco> & =1+1"))
    await plan(piece, farmer, made["id"], {THIS_WEEK: "12.25"})
    params = {"from": rules.iso(THIS_WEEK), "until": rules.iso(THIS_WEEK)}
    for accept in ("image/svg+xml", "text/csv"):
        answer = await piece.client.get("/v1/season-balance", params=params, headers={**farmer, "accept": accept})
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, accept)
        if accept == "image/svg+xml":
            root = ElementTree.fromstring(answer.text)
            assert any("Queso <fresco> & =1+1" in (node.text or "") for node in root.iter())
        else:
            assert "Queso <fresco> & =1+1,KGM,," in answer.text


@pytest.mark.parametrize(
    ("changes", "status", "kind", "pointer"),
    [
        ({"product_id": str(uuid4())}, 404, "product-not-found", None),
        ({"place_id": str(uuid4())}, 422, "unknown-place", "/place_id"),
        ({"weeks": [{"week": "2026-W54", "quantity": "1"}]}, 422, "not-a-week", "/weeks/0/week"),
        ({"weeks": [{"week": "0000-W01", "quantity": "1"}]}, 422, "not-a-week", "/weeks/0/week"),
        ({"weeks": [{"week": "16-11-26", "quantity": "1"}]}, 422, "not-a-week", "/weeks/0/week"),
        ({"weeks": [{"week": "2026-W48", "quantity": "-1"}]}, 422, "invalid", "/weeks/0/quantity"),
        ({"weeks": [{"week": "2026-W48", "quantity": "1"}] * 2}, 422, "repeated", "/weeks/1/week"),
        ({"weeks": [{"week": "2026-W48", "quantity": "1000000"}]}, 422, "invalid", "/weeks/0/quantity"),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused_with_what_is_wrong_and_nothing_is_kept(
    *, piece: Piece, farmer: Headers, admitted: UUID, changes: Json, status: int, kind: str, pointer: str | None
) -> None:
    made = await create(piece, farmer)
    body = {"product_id": made["id"], **changes}
    answer = await piece.client.post("/v1/season-plans", json=body, headers=farmer)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert problem["type"].endswith(kind)
    if pointer:
        assert [one["pointer"] for one in problem["errors"]] == [pointer]
    assert await rows(piece, "SELECT 1 FROM season_plans") == []


async def test_plans_are_seen_and_changed_by_their_producer_and_the_coordinators_alone(
    *, piece: Piece, spy: Spy, tokens: Tokens, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    neighbour = uuid4()
    await admit(spy, piece, neighbour, "Rancho Vecino")
    other = tokens.actor(roles=["producer"], members=[neighbour])
    made = await create(piece, farmer, publish=True)
    mine = await plan(piece, farmer, made["id"], {THIS_WEEK: "5"})
    path = f"/v1/season-plans/{mine['id']}"
    assert (await piece.client.get(path, headers=other)).status_code == 404
    assert (await piece.client.patch(path, json={}, headers={**other, "if-match": "*"})).status_code == 404
    theirs = await piece.client.post("/v1/season-plans", json={"product_id": made["id"]}, headers=other)
    assert (theirs.status_code, theirs.json()["type"]) == (403, "urn:trama:problem:not-yours")
    twice = await piece.client.post("/v1/season-plans", json={"product_id": made["id"]}, headers=farmer)
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:trama:problem:plan-exists")
    for headers, count in ((farmer, 1), (other, 0), (coordinator, 1)):
        assert len((await piece.client.get("/v1/season-plans", headers=headers)).json()["items"]) == count
    family = tokens.actor(roles=["member"], members=[uuid4()])
    assert (await piece.client.get("/v1/season-plans", headers=family)).status_code == 403
    assert (
        await piece.client.get("/v1/season-balance?from=2026-W01&until=2026-W02", headers=family)
    ).status_code == 403
    for params in ("from=2026-W10&until=2026-W01", "from=2020-W01&until=2026-W01", "from=x&until=2026-W01"):
        assert (await piece.client.get(f"/v1/season-balance?{params}", headers=farmer)).status_code == 422


async def test_a_crop_takes_no_product_that_is_counted_in_another_unit(
    piece: Piece, farmer: Headers, coordinator: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer)
    crop = (await piece.client.post("/v1/crops", json={"name": "Huevo", "unit": "H87"}, headers=coordinator)).json()
    again = await piece.client.post("/v1/crops", json={"name": "  huevo", "unit": "KGM"}, headers=coordinator)
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:crop-exists")
    answer = await piece.client.put(f"/v1/products/{made['id']}/crop", json={"crop_id": crop["id"]}, headers=farmer)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:other-unit")
    bag = variant("bolsa", unit="KGM", net_content={"quantity": "12", "unit": "H87"})
    packed = await create(piece, farmer, product("Huevo en bolsa", bag))
    answer = await piece.client.put(f"/v1/products/{packed['id']}/crop", json={"crop_id": crop["id"]}, headers=farmer)
    assert answer.status_code == 204
    answer = await piece.client.put(f"/v1/products/{made['id']}/crop", json={"crop_id": str(uuid4())}, headers=farmer)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:trama:problem:unknown-crop")


async def test_the_number_of_queries_is_the_same_for_one_crop_and_for_many(
    piece: Piece, farmer: Headers, admitted: UUID
) -> None:
    counts = []
    for name in ("Jitomate", "Calabaza", "Chile"):
        made = await create(piece, farmer, product(name))
        await plan(piece, farmer, made["id"], {THIS_WEEK: "5"})
        with piece.counted_queries() as seen:
            await balance(piece, farmer)
        counts.append(len(seen))
    assert counts[0] == counts[-1] > 0


async def test_crops_come_by_name_page_by_page(piece: Piece, farmer: Headers, coordinator: Headers) -> None:
    for name in ("Zanahoria", "Ajo", "jitomate"):
        await piece.client.post("/v1/crops", json={"name": name, "unit": "KGM"}, headers=coordinator)
    found: list[str] = []
    after: str | None = None
    for _ in range(3):
        params = {"limit": "1", **({"after": after} if after else {})}
        page = (await piece.client.get("/v1/crops", params=params, headers=farmer)).json()
        found += [one["name"] for one in page["items"]]
        after = page["next"]
    assert (found, after) == (["Ajo", "jitomate", "Zanahoria"], None)
