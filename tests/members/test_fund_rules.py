"""Schedules and repayments: that they add up, whatever the plan and whatever is paid when."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.fund.rules.repaying import Part, allocate, outstanding, overdue, payoff, standing
from members.fund.rules.schedule import Instalment, Method, Plan, due_dates, interest, months_later, schedule

START = date(2026, 1, 15)
METHODS: tuple[Method, ...] = ("equal_principal", "annuity")


def test_a_year_costs_the_rate_and_a_part_of_it_its_days() -> None:
    assert interest(100_000, Decimal(12), 365) == 12_000
    assert interest(100_000, Decimal(12), 31) == 1_019
    assert interest(0, Decimal(12), 31) == 0


def test_interest_is_rounded_half_even_once() -> None:
    assert interest(50, Decimal(1), 365) == 0
    assert interest(150, Decimal(1), 365) == 2
    assert interest(250, Decimal(1), 365) == 2


def test_a_month_that_is_too_short_ends_earlier_and_the_next_is_not_moved() -> None:
    plan = Plan(4, "month", date(2027, 12, 31))
    assert due_dates(plan) == [date(2027, 12, 31), date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31)]
    assert months_later(date(2026, 12, 30), 2) == date(2027, 2, 28)
    assert due_dates(Plan(3, "two_weeks", date(2026, 2, 20))) == [
        date(2026, 2, 20),
        date(2026, 3, 6),
        date(2026, 3, 20),
    ]


def test_without_interest_the_first_instalments_take_the_cents_that_are_over() -> None:
    found = schedule(
        1_000,
        Plan(3, "month", date(2026, 2, 15)),
        yearly_rate=Decimal(0),
        method="equal_principal",
        interest_from=START,
    )
    assert [(i.principal, i.interest) for i in found] == [(334, 0), (333, 0), (333, 0)]


def test_equal_principal_has_interest_that_falls() -> None:
    found = schedule(
        120_000, Plan(3, "month", date(2026, 2, 15)), yearly_rate=Decimal(12), method="equal_principal",
        interest_from=START,
    )  # fmt: skip
    # 120,000 × 12 % × 31/365; then 80,000 for 28 days; then 40,000 for 31.
    assert [(i.principal, i.interest) for i in found] == [(40_000, 1_223), (40_000, 736), (40_000, 408)]


def test_an_annuity_asks_for_the_same_sum_each_time() -> None:
    found = schedule(
        500_000, Plan(12, "month", date(2026, 2, 15)), yearly_rate=Decimal(10), method="annuity", interest_from=START
    )
    assert sum(i.principal for i in found) == 500_000
    assert len({i.amount for i in found[:9]}) == 1
    assert max(i.amount for i in found) - min(i.amount for i in found) <= 5
    # The textbook's 5,000.00 at 10 % in 12 equal months is 439.58; days in the months make it a cent or so another.
    assert abs(found[0].amount - 43_958) < 60


@st.composite
def plans(draw: st.DrawFn) -> tuple[int, Plan, Decimal, Method]:
    count = draw(st.integers(1, 60))
    plan = Plan(count, draw(st.sampled_from(["month", "two_weeks"])), START + timedelta(days=draw(st.integers(0, 400))))
    principal = draw(st.integers(count, 10_000_000))
    rate = Decimal(draw(st.integers(0, 6_000))) / 100
    return principal, plan, rate, draw(st.sampled_from(METHODS))


@given(plans())
def test_principal_adds_up_to_the_loan_and_the_balance_only_falls_to_zero(
    drawn: tuple[int, Plan, Decimal, Method],
) -> None:
    principal, plan, rate, method = drawn
    found = schedule(principal, plan, yearly_rate=rate, method=method, interest_from=START)
    assert [i.no for i in found] == list(range(1, plan.instalments + 1))
    assert sum(i.principal for i in found) == principal
    assert all(i.principal >= 1 and i.interest >= 0 for i in found)
    assert all(earlier.due_on < later.due_on for earlier, later in pairwise(found))
    dues = standing(found, [], yearly_rate=rate, interest_from=START)
    assert [(d.principal, d.interest) for d in dues] == [(i.principal, i.interest) for i in found]
    if method == "equal_principal" and plan.every == "two_weeks":
        # Periods of one length: from the second on, interest never grows.
        assert all(earlier.interest >= later.interest for earlier, later in pairwise(found[1:]))


@given(plans(), st.integers(1, 2_000).map(lambda hundredths: Decimal(hundredths) / 100))
def test_a_higher_rate_never_costs_less(drawn: tuple[int, Plan, Decimal, Method], more: Decimal) -> None:
    principal, plan, rate, _ = drawn
    cost = [
        sum(i.interest for i in schedule(principal, plan, yearly_rate=r, method="equal_principal", interest_from=START))
        for r in (rate, rate + more)
    ]
    assert cost[0] <= cost[1]


def test_what_is_carried_over_is_asked_for_first_and_bears_nothing() -> None:
    plan = Plan(2, "month", date(2026, 2, 15))
    found = schedule(1_000, plan, yearly_rate=Decimal(0), method="annuity", interest_from=START, carried=77)
    assert [(i.principal, i.interest) for i in found] == [(500, 77), (500, 0)]


@pytest.mark.parametrize(("principal", "first_due"), [(2, date(2026, 2, 15)), (100, date(2026, 1, 14))])
def test_no_schedule_has_instalments_of_nothing_or_ends_before_it_begins(principal: int, first_due: date) -> None:
    with pytest.raises(ValueError, match="no such schedule"):
        schedule(principal, Plan(3, "month", first_due), yearly_rate=Decimal(5), method="annuity", interest_from=START)


INSTALMENTS = [Instalment(n, date(2026, 1 + n, 15), 1_000, 0) for n in range(1, 5)]


def dues_after(*parts: Part, rate: str = "0") -> list[tuple[int, int]]:
    dues = standing(INSTALMENTS, parts, yearly_rate=Decimal(rate), interest_from=START)
    return [(due.open_principal, due.open_interest) for due in dues]


def test_a_payment_goes_to_the_oldest_first_interest_before_principal() -> None:
    dues = standing(INSTALMENTS, [], yearly_rate=Decimal("36.5"), interest_from=START)
    assert [due.interest for due in dues] == [124, 84, 62, 30]
    assert allocate(dues, 1_200, date(2026, 3, 20)) == [Part(1, 124, 1_000), Part(2, 76, 0)]


def test_a_few_days_early_pays_the_coming_instalment_and_not_the_last() -> None:
    dues = standing(INSTALMENTS, [], yearly_rate=Decimal(0), interest_from=START)
    parts = allocate(dues, 1_000, date(2026, 2, 12))
    assert parts == [Part(1, 0, 1_000)]
    assert overdue(standing(INSTALMENTS, parts, yearly_rate=Decimal(0), interest_from=START), date(2026, 2, 16)) == []


def test_too_much_shortens_the_plan_and_lowers_the_interest_from_then_on() -> None:
    dues = standing(INSTALMENTS, [], yearly_rate=Decimal("36.5"), interest_from=START)
    parts = allocate(dues, 1_124 + 1_500, date(2026, 2, 15))
    # On the 15th of February the first is due, and the second comes next: 84 + 1,000; 416 come off the last.
    assert parts == [Part(1, 124, 1_000), Part(2, 84, 1_000), Part(4, 0, 416, ahead_of=2)]
    after = standing(INSTALMENTS, parts, yearly_rate=Decimal("36.5"), interest_from=START)
    # (2,000 − 416) for 31 days, (1,000 − 416) for 30.
    assert [(due.open_principal, due.open_interest) for due in after] == [(0, 0), (0, 0), (1_000, 49), (584, 18)]


def test_days_of_grace_are_over_when_they_are_over() -> None:
    dues = standing(INSTALMENTS, [], yearly_rate=Decimal(0), interest_from=START)
    for today, count in ((date(2026, 2, 20), 0), (date(2026, 2, 21), 1), (date(2026, 3, 21), 2)):
        assert len(overdue(dues, today, grace_days=5)) == count


def test_more_than_ends_the_loan_or_nothing_is_no_payment() -> None:
    dues = standing(INSTALMENTS, [], yearly_rate=Decimal("36.5"), interest_from=START)
    assert payoff(dues, date(2026, 2, 1)) == 4_000 + 124
    for amount in (0, 4_125):
        with pytest.raises(ValueError, match="owed"):
            allocate(dues, amount, date(2026, 2, 1))


@given(plans(), st.lists(st.tuples(st.integers(1, 2_000_000), st.integers(0, 60)), max_size=40))
def test_whatever_is_paid_when_ends_at_exactly_zero(
    drawn: tuple[int, Plan, Decimal, Method], payments: list[tuple[int, int]]
) -> None:
    principal, plan, rate, method = drawn
    instalments = schedule(principal, plan, yearly_rate=rate, method=method, interest_from=START)
    asked = sum(i.interest for i in instalments)
    parts: list[Part] = []
    today, paid = START, 0
    for amount, days in [*payments, (2**60, 0)]:
        today += timedelta(days=days)
        dues = standing(instalments, parts, yearly_rate=rate, interest_from=START)
        whole = min(amount, payoff(dues, today))
        if whole == 0:
            break
        new = allocate(dues, whole, today)
        assert sum(part.interest + part.principal for part in new) == whole
        parts += new
        paid += whole
        after = standing(instalments, parts, yearly_rate=rate, interest_from=START)
        assert all(due.open_principal >= 0 and due.open_interest >= 0 for due in after)
        assert outstanding(after) == principal - sum(part.principal for part in parts)
    end = standing(instalments, parts, yearly_rate=rate, interest_from=START)
    assert (outstanding(end), sum(due.open for due in end), payoff(end, today)) == (0, 0, 0)
    # Paying early never costs more than paying as planned.
    assert principal <= paid <= principal + asked
