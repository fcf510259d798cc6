"""A recall finds everybody who got some of a lot or of what was made of it, tells them, and goes on looking until it is
closed."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.lots.rules.tracing import Reached
from catalog.recalls import rules
from catalog.recalls.jobs import FOLLOW
from contracts.orders import OrderConfirmed
from contracts.recalls import LotRecalled, RecallClosed, RecallIssued
from kit.jobs import run_once
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.chain import TODAY, Maker
from tests.catalog.conftest import Headers, Json, admit, create, order, product, rows, variant

WISH = {"severity": "recall", "reason": "Listeria en la leche", "advice": "No lo comas"}


def line(member: UUID) -> Reached:
    return Reached(uuid4(), uuid4(), member, uuid4(), Decimal(1), "KGM", uuid4())


@given(st.lists(st.integers(0, 6), max_size=60), st.integers(1, 10))
def test_every_line_is_in_one_part_and_no_member_in_two(members: list[int], most: int) -> None:
    lines = [line(UUID(int=member)) for member in members]
    parts = rules.parts(lines, most)
    assert sorted(one.line_id for part in parts for one in part) == sorted(one.line_id for one in lines)
    told = [{one.member_id for one in part} for part in parts]
    assert sum(len(part) for part in told) == len(set().union(*told))
    assert all(len(part) <= most or len({one.member_id for one in part}) == 1 for part in parts)


@pytest.fixture
def dairy(piece: Piece, farmer: Headers, admitted: UUID) -> Maker:
    return Maker(piece, farmer, admitted)


async def cheese_of(dairy: Maker) -> tuple[Json, Json, str]:
    """Milk, the cheese that was made of it, and the variant that the cheese is sold as."""
    sold = await create(dairy.piece, dairy.headers, product("Queso fresco", variant("Por kilo", "0"), category="dairy"))
    variant_id: str = sold["variants"][0]["id"]
    milk = await dairy.lot("Leche", "100", "LTR", kg_per_unit="1.03")
    made = await dairy.transform(
        [(milk, None)],
        [
            {"product_id": sold["id"], "variant_id": variant_id, "quantity": "12"},
            {"name": "Suero", "quantity": "80", "unit": "LTR", "kg_per_unit": "1.02", "byproduct": True},
        ],
        losses=[{"name": "evaporation"}],
    )
    return milk, made["made_lots"]["Queso fresco"], variant_id


async def ordered(spy: Spy, piece: Piece, variant_id: str, quantity: str = "1") -> OrderConfirmed:
    """A confirmed order of another family; the catalog has heard of it."""
    fact = order(OrderConfirmed, [(variant_id, quantity)])
    await spy.publish(fact, subject=fact.order_id)

    async def heard() -> bool:
        return bool(await rows(piece, "SELECT 1 FROM lot_lines WHERE order_id = :id", id=fact.order_id))

    await eventually(heard)
    return fact


async def packed(dairy: Maker, lot: Json, *orders: OrderConfirmed) -> None:
    lines = [{"line_id": str(one.lines[0].line_id), "quantity": str(one.lines[0].quantity)} for one in orders]
    await dairy.do(lot, "pack", {"lines": lines})


async def issue(maker: Maker, *lots: str, **changes: Any) -> Json:
    return await maker.send("POST", "/v1/recalls", {"lots": list(lots), **WISH, **changes})


async def test_a_recall_of_milk_reaches_who_got_the_cheese_and_nobody_else(
    piece: Piece, spy: Spy, dairy: Maker, coordinator: Headers
) -> None:
    milk, cheese, variant_id = await cheese_of(dairy)
    _, other, other_variant = await cheese_of(dairy)
    mine, twice, elsewhere = [
        await ordered(spy, piece, which, quantity)
        for which, quantity in ((variant_id, "2"), (variant_id, "1.5"), (other_variant, "1"))
    ]
    await packed(dairy, cheese, mine, twice)
    await packed(dairy, other, elsewhere)

    reach = await dairy.send("POST", "/v1/recalls/reach", {"lots": [milk["number"]], **WISH}, expect=200)
    assert (reach["members"], reach["orders"], reach["lines"]) == (2, 2, 2)
    assert reach["left"] == [lot for lot in reach["lots"] if lot != milk["number"]]
    assert spy.seen(LotRecalled) == []

    issued = await issue(dairy, milk["number"].lower())
    assert issued["number"] == f"QRO-R-{TODAY.year}-0001"
    assert (issued["members"], issued["orders"], issued["lines"]) == (2, 2, 2)
    part = (await spy.next(LotRecalled)).data
    assert {(one.member_id, one.product, one.lot, one.quantity) for one in part.lines} == {
        (mine.member_id, "Queso fresco", cheese["number"], Decimal(2)),
        (twice.member_id, "Queso fresco", cheese["number"], Decimal("1.5")),
    }
    public = (await spy.next(RecallIssued, UUID(issued["id"]))).data
    assert [(good.lot, good.producer_name) for good in public.goods] == [
        (milk["number"], "Rancho El Mezquite"),
        (cheese["number"], "Rancho El Mezquite"),
    ]
    seen = (await piece.client.get(f"/v1/recalls/{issued['id']}")).json()
    assert (seen["reason"], seen["members"], len(seen["goods"])) == ("Listeria en la leche", None, 2)
    lots = (await piece.client.get(f"/v1/recalls/{issued['id']}/lots", headers=coordinator)).json()["items"]
    assert [(lot["name"], lot["balance"], lot["packed"], lot["members"]) for lot in lots] == [
        ("Leche", "0", "0", 0),
        ("Queso fresco", "8.5", "3.5", 2),
        ("Suero", "80", "0", 0),
    ]


async def test_what_is_packed_of_it_all_the_same_is_told_until_the_recall_is_closed(
    piece: Piece, spy: Spy, dairy: Maker
) -> None:
    milk, cheese, variant_id = await cheese_of(dairy)
    issued = await issue(dairy, milk["id"])
    assert issued["members"] == 0
    # A transaction that took its place before may commit after: what is a minute young is looked at again.
    assert await rows(piece, "SELECT 1 FROM recalls WHERE traced_to < (SELECT max(seq) FROM lot_events)")
    late = await ordered(spy, piece, variant_id)
    await packed(dairy, cheese, late)
    for _ in range(2):
        # It is looked at again as long as a transaction may be under way; nobody is told twice.
        await run_once(piece.database, FOLLOW)
    [event] = await eventually(lambda: seen_by(spy), bool)
    assert [one.member_id for one in event.lines] == [late.member_id]
    assert [one.version for one in spy.seen(RecallIssued)] == [1, 2]

    path = f"/v1/recalls/{issued['id']}"
    stale = await piece.client.post(
        f"{path}/close", json={"outcome": "Todo de vuelta"}, headers={**dairy.headers, "if-match": '"1"'}
    )
    assert stale.status_code == 412
    closed = await dairy.send("POST", f"{path}/close", {"outcome": "Todo de vuelta"}, 200, **{"if-match": '"2"'})
    assert (closed["outcome"], closed["closed_at"] is not None) == ("Todo de vuelta", True)
    assert (await spy.next(RecallClosed, UUID(issued["id"]))).version == 3
    await packed(dairy, cheese, await ordered(spy, piece, variant_id))
    await run_once(piece.database, FOLLOW)
    assert (await dairy.get(path))["lines"] == 1
    again = await piece.client.post(f"{path}/close", json={"outcome": "x"}, headers={**dairy.headers, "if-match": "*"})
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:recall-closed")


async def seen_by(spy: Spy) -> list[LotRecalled]:
    return [event.data for event in spy.seen(LotRecalled)]


async def test_the_same_recall_sent_twice_is_one(piece: Piece, dairy: Maker) -> None:
    milk, _, _ = await cheese_of(dairy)
    recall_id = str(uuid4())
    first, second = [await issue(dairy, milk["id"], id=recall_id) for _ in range(2)]
    assert first["number"] == second["number"]
    assert len((await piece.client.get("/v1/recalls")).json()["items"]) == 1


async def test_who_recalls_and_what_makes_no_sense(
    piece: Piece, spy: Spy, tokens: Tokens, dairy: Maker, coordinator: Headers
) -> None:
    milk, _, _ = await cheese_of(dairy)
    neighbour = uuid4()
    await admit(spy, piece, neighbour, "Rancho Vecino")
    other = tokens.actor(roles=["producer"], members=[neighbour])
    family = tokens.actor(roles=["member"], members=[uuid4()])
    for headers, changes, status, kind, pointer in (
        (family, {}, 403, "role-missing", None),
        (other, {}, 422, "unknown-lot", "/lots/0"),
        (dairy.headers, {"lots": [str(uuid4())]}, 422, "unknown-lot", "/lots/0"),
        (dairy.headers, {"lots": [milk["id"], milk["number"]]}, 422, "repeated", "/lots/1"),
        (dairy.headers, {"lots": []}, 422, "invalid", "/lots"),
        (dairy.headers, {"reason": "  "}, 422, "invalid", "/reason"),
        (dairy.headers, {"severity": "panic"}, 422, "invalid", "/severity"),
    ):
        body = {"lots": [milk["id"]], **WISH, **changes}
        answer = await piece.client.post("/v1/recalls", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        problem = answer.json()
        assert problem["type"].endswith(kind), problem
        assert pointer is None or [one["pointer"] for one in problem["errors"]] == [pointer]
    assert (await piece.client.get("/v1/recalls")).json()["items"] == []
    issued = await issue(Maker(piece, coordinator), milk["id"])
    for path in ("lots", "close"):
        method = "GET" if path == "lots" else "POST"
        answer = await piece.client.request(
            method,
            f"/v1/recalls/{issued['id']}/{path}",
            json=None if path == "lots" else {"outcome": "x"},
            headers={**other, "if-match": "*"},
        )
        assert answer.status_code == 404
