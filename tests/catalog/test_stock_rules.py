"""Who gets what there is: decided by pure functions, by example and whatever the order of things."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.stock import rules
from catalog.stock.rules import Claim, Stock, reserve, take_home
from contracts.catalog import StockPolicy
from kit.errors import Conflict, Invalid

A, B = UUID(int=1), UUID(int=2)


def stock(
    variant_id: UUID = A,
    on_hand: str = "10",
    reserved: str = "0",
    policy: StockPolicy = "tracked",
    offered: bool = True,
) -> Stock:
    return Stock(variant_id, uuid4(), policy, offered, Decimal(on_hand), Decimal(reserved), 1)


def said(movements: list[rules.Movement]) -> list[str]:
    return [f"{made.reason} {made.quantity}" for made in movements]


def counts(there: Stock) -> str:
    return f"{there.on_hand}, {there.reserved} reserved"


def wants(*lines: tuple[UUID, str], held: dict[UUID, Decimal] | None = None) -> Claim:
    return Claim(uuid4(), held or {}, {variant_id: Decimal(quantity) for variant_id, quantity in lines})


def test_who_comes_first_is_served_first() -> None:
    decisions, after = reserve({A: stock()}, [wants((A, "6")), wants((A, "6")), wants((A, "4"))])

    assert [decision.granted for decision in decisions] == [True, False, True]
    assert after[A].reserved == 10
    [missing] = decisions[1].missing
    assert missing == rules.Missing(A, "not_enough_stock", Decimal(6), Decimal(4))


def test_an_order_gets_all_its_lines_or_none() -> None:
    there = {A: stock(A), B: stock(B, on_hand="1")}
    [decision], after = reserve(there, [wants((A, "2"), (B, "2"))])

    assert [missing.variant_id for missing in decision.missing] == [B]
    assert after == there


def test_what_is_made_on_demand_is_always_there() -> None:
    [decision], after = reserve({A: stock(on_hand="0", policy="on_demand")}, [wants((A, "500"))])

    assert decision.granted
    assert after[A].reserved == 500


@pytest.mark.parametrize("there", [{}, {A: stock(offered=False)}])
def test_what_is_unknown_or_not_offered_is_not_reserved(there: dict[UUID, Stock]) -> None:
    [decision], _ = reserve(there, [wants((A, "1"))])

    assert [missing.code for missing in decision.missing] == ["not_offered"]


def test_what_is_held_already_stays_held_when_the_product_is_withdrawn() -> None:
    there = {A: stock(reserved="3", offered=False)}
    [decision], after = reserve(there, [wants((A, "2"), held={A: Decimal(3)})])

    assert decision.granted
    assert after[A].reserved == 2


def test_a_changed_order_may_use_what_it_holds() -> None:
    there = {A: stock(reserved="10")}
    decisions, after = reserve(there, [wants((A, "10"), held={A: Decimal(4)}), wants((A, "3"), held={A: Decimal(4)})])

    assert [decision.granted for decision in decisions] == [False, True]
    assert decisions[0].missing[0].available == 4
    assert after[A].reserved == 9


def test_two_lines_of_one_variant_are_one_wish() -> None:
    assert rules.total([(A, Decimal(2)), (B, Decimal(1)), (A, Decimal("0.5"))]) == {A: Decimal("2.5"), B: Decimal(1)}


def test_what_was_packed_is_sold_and_the_rest_is_free() -> None:
    after, movements = take_home({A: stock(reserved="5")}, uuid4(), {A: Decimal(3)}, {A: Decimal("1.95")})

    assert said(movements) == ["sale -1.95"]
    assert counts(after[A]) == "8.05, 2 reserved"


def test_packing_more_than_there_is_is_corrected_first_and_touches_nobody_elses() -> None:
    after, movements = take_home({A: stock(reserved="10")}, uuid4(), {A: Decimal(4)}, {A: Decimal(5)})

    assert said(movements) == ["correction 1", "sale -5"]
    assert movements[0].note
    assert counts(after[A]) == "6, 6 reserved"


def test_what_is_made_to_order_comes_in_as_it_goes_out() -> None:
    there = {A: stock(on_hand="0", reserved="7", policy="on_demand")}
    after, movements = take_home(there, uuid4(), {A: Decimal(3)}, {A: Decimal(3)})

    assert said(movements) == ["harvest 3", "sale -3"]
    assert counts(after[A]) == "0, 4 reserved"


def test_a_loss_cant_take_what_is_promised() -> None:
    loss = rules.movement(A, "loss", Decimal(3), "")
    with pytest.raises(Conflict, match="Only 2 are free"):
        rules.moved(stock(reserved="8"), loss)
    assert rules.moved(stock(reserved="7"), loss).on_hand == 7


@pytest.mark.parametrize(("reason", "quantity"), [("harvest", "-1"), ("sale", "0"), ("correction", "0")])
def test_a_movement_says_something_that_can_have_happened(reason: rules.Reason, quantity: str) -> None:
    with pytest.raises(Invalid):
        rules.movement(A, reason, Decimal(quantity), "")


def test_stock_cant_be_tracked_while_more_is_promised_than_there_is() -> None:
    with pytest.raises(Conflict):
        rules.with_policy(stock(on_hand="1", reserved="2", policy="on_demand"), "tracked", offered=True)


quantities = st.integers(1, 40).map(lambda tenths: Decimal(tenths) / 10)
#: What may happen to one of five orders for two variants: a reservation, its end, a collection; or a movement.
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("reserve"), st.integers(0, 4), st.dictionaries(st.sampled_from([A, B]), quantities, min_size=1)
        ),
        st.tuples(st.just("release"), st.integers(0, 4)),
        st.tuples(st.just("collect"), st.integers(0, 4), st.dictionaries(st.sampled_from([A, B]), quantities)),
        st.tuples(st.just("move"), st.sampled_from([A, B]), st.sampled_from(["harvest", "loss", "return"]), quantities),
    ),
    max_size=40,
)


@given(steps)
def test_whatever_happens_nothing_is_oversold_and_the_movements_add_up(happenings: list[tuple[object, ...]]) -> None:
    there: dict[UUID, Stock] = {A: stock(A, on_hand="8"), B: stock(B, on_hand="3")}
    held: dict[int, rules.Lines] = {}
    moved = {A: Decimal(8), B: Decimal(3)}
    for happened in happenings:
        match happened:
            case ("reserve", int(order), dict(lines)):
                [decision], there = reserve(there, [Claim(uuid4(), held.get(order, {}), lines)])
                if decision.granted:
                    held[order] = lines
            case ("release", int(order)):
                _, there = reserve(there, [Claim(uuid4(), held.pop(order, {}), {})])
            case ("collect", int(order), dict(packed)):
                there, movements = take_home(there, uuid4(), held.pop(order, {}), packed)
                for made in movements:
                    moved[made.variant_id] += made.quantity
            case ("move", UUID() as variant_id, "harvest" | "loss" | "return" as reason, Decimal() as quantity):
                movement = rules.movement(variant_id, reason, quantity, "")
                try:
                    there = {**there, variant_id: rules.moved(there[variant_id], movement)}
                    moved[variant_id] += movement.quantity
                except Conflict:
                    assert there[variant_id].available is not None
        for variant_id, now in there.items():
            assert now.reserved == sum(lines.get(variant_id, Decimal(0)) for lines in held.values())
            assert 0 <= now.reserved <= now.on_hand
            assert now.on_hand == moved[variant_id]
