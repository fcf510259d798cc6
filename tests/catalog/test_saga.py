"""The catalog's part in an order: what it reserves, keeps, releases and sells, by the state that each event carries."""

from datetime import timedelta
from uuid import UUID, uuid4

from catalog.stock.jobs import EXPIRE
from contracts.catalog import StockChanged, StockRefused, StockReserved
from contracts.orders import (
    OrderCancelled,
    OrderCollected,
    OrderConfirmed,
    OrderPlaced,
    OrderRejected,
    OrderState,
)
from kit.database import utc_now
from kit.jobs import run_once
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from tests.catalog.conftest import Headers, create, order, product, rows, variant


async def offered(piece: Piece, farmer: Headers, on_hand: str | None = "10") -> str:
    """A variant that can be ordered."""
    made = await create(piece, farmer, product("Jitomate", variant(on_hand=on_hand)), publish=True)
    return str(made["variants"][0]["id"])


async def say(spy: Spy, fact: OrderState, version: int) -> None:
    await spy.publish(fact, subject=fact.order_id, version=version)


async def counted(piece: Piece, variant_id: str) -> tuple[str, str]:
    """What there is of a variant, and what of it is reserved."""
    [row] = await rows(
        piece,
        "SELECT trim_scale(on_hand)::text AS h, trim_scale(reserved)::text AS r FROM stock WHERE variant_id = :id",
        id=UUID(variant_id),
    )
    return row.h, row.r


async def becomes(piece: Piece, variant_id: str, on_hand: str, reserved: str) -> None:
    await eventually(lambda: counted(piece, variant_id), lambda seen: seen == (on_hand, reserved))


async def state(piece: Piece, order_id: UUID) -> str:
    found = await rows(piece, "SELECT state FROM reservations WHERE id = :id", id=order_id)
    return found[0].state if found else "none"


async def test_a_placed_order_is_reserved_and_told_so_with_what_is_left(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer)
    placed = order(OrderPlaced, [(variant_id, "2"), (variant_id, "1.5")])
    await say(spy, placed, 4)

    answer = await spy.next(StockReserved, placed.order_id)
    assert answer.version == 4
    left = await spy.next(StockChanged, UUID(variant_id), count=2)
    assert str(left.data.available) == "6.5"
    assert await counted(piece, variant_id) == ("10", "3.5")


async def test_an_order_that_cant_be_had_whole_is_refused_by_line_and_reserves_nothing(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    plenty, few, unknown = await offered(piece, farmer), await offered(piece, farmer, "1"), str(uuid4())
    placed = order(OrderPlaced, [(plenty, "2"), (few, "2"), (unknown, "1")])
    await say(spy, placed, 1)

    answer = await spy.next(StockRefused, placed.order_id)
    assert {(str(one.variant_id), one.code, str(one.available)) for one in answer.data.reasons} == {
        (few, "not_enough_stock", "1"),
        (unknown, "not_offered", "0"),
    }
    assert await counted(piece, plenty) == ("10", "0")
    assert await state(piece, placed.order_id) == "refused"


async def test_a_quantity_beyond_counting_is_refused_like_any_other(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer)
    placed = order(OrderPlaced, [(variant_id, "999999"), (variant_id, "999999")])
    await say(spy, placed, 1)

    assert (await spy.next(StockRefused, placed.order_id)).data.reasons[0].code == "not_enough_stock"


async def test_drafts_and_withdrawn_products_are_not_offered(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    draft = await create(piece, farmer)
    gone = await create(piece, farmer, product("Calabaza"), publish=True)
    await piece.client.post(f"/v1/products/{gone['id']}/withdraw", headers=farmer)
    for made in (draft, gone):
        placed = order(OrderPlaced, [(made["variants"][0]["id"], "1")])
        await say(spy, placed, 1)
        assert (await spy.next(StockRefused, placed.order_id)).data.reasons[0].code == "not_offered"


async def test_what_is_made_on_demand_is_always_reserved(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer, None)
    placed = order(OrderPlaced, [(variant_id, "5000")])
    await say(spy, placed, 1)

    await spy.next(StockReserved, placed.order_id)


async def test_a_rejected_or_cancelled_order_gives_back_what_it_had(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer)
    for ending in (OrderRejected, OrderCancelled):
        placed = order(OrderPlaced, [(variant_id, "4")])
        await say(spy, placed, 1)
        await becomes(piece, variant_id, "10", "4")
        await say(spy, order(ending, [(variant_id, "4")], order_id=placed.order_id), 2)
        await becomes(piece, variant_id, "10", "0")
        assert await state(piece, placed.order_id) == "released"


async def test_a_rejection_that_overtakes_its_order_leaves_a_mark_and_nothing_reserved(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer)
    placed = order(OrderPlaced, [(variant_id, "4")])
    await say(spy, order(OrderRejected, [(variant_id, "4")], order_id=placed.order_id), 2)
    await say(spy, placed, 1)
    later = order(OrderPlaced, [(variant_id, "1")])
    await say(spy, later, 1)

    await spy.next(StockReserved, later.order_id)
    assert await state(piece, placed.order_id) == "released"
    assert spy.seen(StockReserved, placed.order_id) == []
    assert await counted(piece, variant_id) == ("10", "1")


async def test_what_was_packed_is_sold_and_the_rest_is_free_again(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer)
    placed = order(OrderPlaced, [(variant_id, "4")])
    await say(spy, placed, 1)
    await say(spy, order(OrderConfirmed, [(variant_id, "4")], order_id=placed.order_id), 2)
    await say(spy, order(OrderCollected, [(variant_id, "4")], ["3.95"], order_id=placed.order_id), 5)

    await becomes(piece, variant_id, "6.05", "0")
    assert await state(piece, placed.order_id) == "collected"
    moved = (await piece.client.get(f"/v1/variants/{variant_id}/movements", headers=farmer)).json()["items"]
    assert [(one["reason"], one["quantity"], one["order_id"]) for one in moved] == [
        ("sale", "-3.95", str(placed.order_id)),
        ("harvest", "10", None),
    ]


async def test_a_collection_of_which_nothing_else_was_heard_is_sold_all_the_same(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer)
    collected = order(OrderCollected, [(variant_id, "4"), (str(uuid4()), "1")], ["4", "1"])
    await say(spy, collected, 9)

    await becomes(piece, variant_id, "6", "0")


async def test_more_packed_than_there_is_comes_in_by_a_correction_first(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer, "2")
    placed = order(OrderPlaced, [(variant_id, "2")])
    await say(spy, placed, 1)
    await say(spy, order(OrderCollected, [(variant_id, "2")], ["2.5"], order_id=placed.order_id), 5)

    await becomes(piece, variant_id, "0", "0")
    spanish = {**farmer, "accept-language": "es"}
    moved = (await piece.client.get(f"/v1/variants/{variant_id}/movements", headers=spanish)).json()["items"]
    assert [(one["reason"], one["quantity"]) for one in moved[:2]] == [("sale", "-2.5"), ("correction", "0.5")]
    assert moved[1]["note"] == "Se empacó más de lo que había en el registro"


async def test_an_unconfirmed_reservation_expires_and_a_late_confirmation_reserves_again(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer)
    placed, kept = order(OrderPlaced, [(variant_id, "4")]), order(OrderPlaced, [(variant_id, "1")])
    await say(spy, placed, 1)
    await say(spy, kept, 1)
    await say(spy, order(OrderConfirmed, [(variant_id, "1")], order_id=kept.order_id), 2)
    await eventually(lambda: state(piece, kept.order_id), lambda seen: seen == "kept")

    await run_once(piece.database, EXPIRE)
    assert await counted(piece, variant_id) == ("10", "5")
    piece.database.clock = lambda: utc_now() + timedelta(minutes=20)
    await run_once(piece.database, EXPIRE)
    assert await counted(piece, variant_id) == ("10", "1")
    assert await state(piece, placed.order_id) == "expired"

    await say(spy, order(OrderConfirmed, [(variant_id, "4")], order_id=placed.order_id), 2)
    await becomes(piece, variant_id, "10", "5")
    assert await state(piece, placed.order_id) == "kept"
    assert spy.seen(StockRefused) == []


async def test_a_late_confirmation_of_what_others_have_by_now_is_refused(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    variant_id = await offered(piece, farmer)
    confirmed = order(OrderConfirmed, [(variant_id, "11")])
    await say(spy, confirmed, 2)

    answer = await spy.next(StockRefused, confirmed.order_id)
    assert answer.version == 2
    assert await counted(piece, variant_id) == ("10", "0")


async def test_a_changed_order_keeps_its_place_and_a_change_that_cant_be_had_keeps_what_it_had(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    tomato, cheese = await offered(piece, farmer), await offered(piece, farmer)
    placed = order(OrderPlaced, [(tomato, "8")])
    await say(spy, placed, 1)
    await say(spy, order(OrderPlaced, [(cheese, "3"), (tomato, "9")], order_id=placed.order_id), 2)
    await spy.next(StockReserved, placed.order_id, count=2)
    assert [await counted(piece, one) for one in (tomato, cheese)] == [("10", "9"), ("10", "3")]

    await say(spy, order(OrderPlaced, [(tomato, "11")], order_id=placed.order_id), 3)
    await spy.next(StockRefused, placed.order_id)
    assert [await counted(piece, one) for one in (tomato, cheese)] == [("10", "9"), ("10", "3")]

    await say(spy, order(OrderPlaced, [(tomato, "2")], order_id=placed.order_id), 4)
    await spy.next(StockReserved, placed.order_id, count=3)
    assert [await counted(piece, one) for one in (tomato, cheese)] == [("10", "2"), ("10", "0")]


async def test_an_order_taken_up_again_after_its_end_reserves_only_its_new_lines(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    tomato, cheese = await offered(piece, farmer), await offered(piece, farmer)
    placed = order(OrderPlaced, [(tomato, "8"), (cheese, "1")])
    await say(spy, placed, 1)
    await say(spy, order(OrderRejected, [(tomato, "8")], order_id=placed.order_id), 2)
    await say(spy, order(OrderPlaced, [(tomato, "3")], order_id=placed.order_id), 3)
    await spy.next(StockReserved, placed.order_id, count=2)
    await say(spy, order(OrderCancelled, [(tomato, "3")], order_id=placed.order_id), 4)

    await becomes(piece, tomato, "10", "0")
    assert await counted(piece, cheese) == ("10", "0")
