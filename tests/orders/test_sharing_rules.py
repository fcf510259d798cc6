"""Whole cases, and sharing what came: the design's worked examples, and what must hold for any queue."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.purchasing.rules import whole_cases
from orders.receiving.rules import Change, Policy, Share, grain, queue, share

A, B, C = (UUID(int=number) for number in (1, 2, 3))
POLICIES: tuple[Policy, ...] = ("first_come", "proportional", "equal")


@pytest.mark.parametrize(
    ("size", "quantity", "tolerance", "cases"),
    [(4, 0, 5, 0), (4, 2, 2, 1), (4, 4, 4, 1), (4, 5, 3, 2), (5, 6, 1, 1), (3, 5, 5, 2), (4, 5, 2, 1)],
)
def test_tolerance_fills_a_case_but_never_opens_one(size: int, quantity: int, tolerance: int, cases: int) -> None:
    assert whole_cases(Decimal(quantity), Decimal(tolerance), Decimal(size)) == cases


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 50))
def test_whole_cases_lie_between_what_fills_and_what_is_wanted(quantity: int, tolerance: int, size: int) -> None:
    ordered = whole_cases(Decimal(quantity), Decimal(tolerance), Decimal(size)) * size
    assert quantity // size * size <= ordered <= quantity + tolerance
    assert ordered < quantity + size


def allocated(shares: list[Share]) -> dict[UUID, int]:
    return {item.line_id: item.allocated for item in shares}


def test_first_come_a_change_keeps_its_earlier_place() -> None:
    log = [Change(A, 2, 3), Change(B, 2, 0), Change(A, 2, -2)]
    assert allocated(share("first_come", 5, log)) == {A: 3, B: 2}


@pytest.mark.parametrize(
    ("delivered", "shares"),
    [(6, {A: 4, B: 1, C: 1}), (4, {A: 3, B: 1, C: 0}), (10, {A: 5, B: 4, C: 1}), (20, {A: 5, B: 4, C: 1})],
)
def test_first_come_quantities_are_filled_before_tolerance(delivered: int, shares: dict[UUID, int]) -> None:
    log = [Change(A, 3, 2), Change(B, 1, 3), Change(C, 1, 0)]
    assert allocated(share("first_come", delivered, log)) == shares


def test_a_decrease_takes_from_the_newest_entries_first() -> None:
    quantities, _ = queue([Change(A, 2, 0), Change(B, 2, 0), Change(A, 3, 0), Change(A, -4, 0)])
    assert [(claim.line_id, claim.amount) for claim in quantities] == [(A, 1), (B, 2)]


def test_a_short_line_knows_what_was_ordered_before_it() -> None:
    shares = share("first_come", 4, [Change(A, 3, 0), Change(B, 2, 0), Change(C, 1, 0)])
    assert [(item.reason, item.before) for item in shares] == [
        ("in_full", None),
        ("first_come_short", 3),
        ("first_come_short", 5),
    ]


def test_ones_own_earlier_places_do_not_count_as_others() -> None:
    shares = share("first_come", 5, [Change(A, 2, 0), Change(B, 2, 0), Change(A, 2, 0)])
    assert [(item.allocated, item.before) for item in shares] == [(3, 2), (2, None)]


def test_in_proportion_everybody_gets_the_same_part() -> None:
    log = [Change(A, 6, 0), Change(B, 3, 0), Change(C, 1, 0)]
    assert allocated(share("proportional", 5, log)) == {A: 3, B: 2, C: 0}


def test_equally_nobody_gets_more_than_ordered_and_the_rest_goes_round() -> None:
    log = [Change(A, 6, 0), Change(B, 6, 0), Change(C, 1, 0)]
    assert allocated(share("equal", 8, log)) == {A: 4, B: 3, C: 1}


def test_pieces_are_shared_whole_and_kilos_by_the_gram() -> None:
    assert grain("H87", 1000, [2000, 3000]) == 1000
    assert grain("KGM", 500, [2000]) == 1
    log = [Change(A, 2000, 0), Change(B, 2000, 0)]
    assert allocated(share("equal", 3000, log, 1000)) == {A: 2000, B: 1000}
    assert allocated(share("equal", 3000, log, 1)) == {A: 1500, B: 1500}


@st.composite
def logs(draw: st.DrawFn) -> list[Change]:
    """Logs as orders write them: no line's sum is ever negative."""
    log: list[Change] = []
    sums: dict[UUID, tuple[int, int]] = {}
    for _ in range(draw(st.integers(1, 12))):
        line = UUID(int=draw(st.integers(1, 5)))
        quantity, tolerance = sums.get(line, (0, 0))
        change = Change(line, draw(st.integers(-quantity, 9)), draw(st.integers(-tolerance, 9)))
        sums[line] = (quantity + change.quantity, tolerance + change.tolerance)
        log.append(change)
    return log


@given(st.sampled_from(POLICIES), logs(), st.integers(0, 120))
def test_shares_add_up_and_nobody_gets_more_than_wanted(policy: Policy, log: list[Change], available: int) -> None:
    shares = share(policy, available, log)
    wanted = sum(item.quantity + item.tolerance for item in shares)
    assert sum(item.allocated for item in shares) == min(available, wanted)
    for item in shares:
        assert 0 <= item.allocated <= item.quantity + item.tolerance
        assert item.quantity == sum(change.quantity for change in log if change.line_id == item.line_id)
    if any(item.allocated < item.quantity for item in shares):
        assert all(item.allocated <= item.quantity for item in shares), "no tolerance while a quantity is short"


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5)), min_size=2, max_size=6), st.integers(0, 60))
def test_who_comes_earlier_never_gets_less_than_later(wishes: list[tuple[int, int]], available: int) -> None:
    late = [Change(UUID(int=index), *wish) for index, wish in enumerate(wishes)]
    early = [late[-1], *late[:-1]]
    me = late[-1].line_id
    for_late, for_early = (allocated(share("first_come", available, log))[me] for log in (late, early))
    assert for_early >= for_late


@given(st.sampled_from(POLICIES), logs(), st.integers(0, 100))
def test_more_delivered_is_never_less_for_the_queue_as_a_whole(
    policy: Policy, log: list[Change], available: int
) -> None:
    less, more = (sum(item.allocated for item in share(policy, amount, log)) for amount in (available, available + 1))
    assert less <= more <= less + 1
