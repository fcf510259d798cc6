"""Periods, amounts, and who is asked for what, without a database."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from members.dues.rules.amounts import charge, net_of, part
from members.dues.rules.billing import Bill, Billed, Payer, Span, bills, due_on, spans
from members.dues.rules.invoices import status
from members.dues.rules.payments import share
from members.dues.rules.periods import Period, add_months, months_of, periods
from members.dues.rules.plans import MONTHS, Choice, Exemption, Plan, Price, Rhythm, Terms

FOREVER = date(2032, 12, 31)


def terms(**changes: object) -> Terms:
    standard = Terms(
        rhythm="annual",
        anchor="fixed",
        start_month=1,
        starts_on=date(2020, 1, 1),
        ends_on=None,
        pro_rata="none",
        prices=(Price(date(2020, 1, 1), 6000),),
    )
    return replace(standard, **changes)  # type: ignore[arg-type] # the tests name fields that there are


def plan(of: Terms | None = None, **changes: object) -> Plan:
    standard = Plan(
        id=uuid4(),
        name="Cuota",
        texts={},
        kinds=("person",),
        currency="EUR",
        terms=of or terms(),
        days_until_due=30,
        grace_days=15,
        tax_rate=None,
        tax_text="",
        version=1,
    )
    return replace(standard, **changes)  # type: ignore[arg-type] # the tests name fields that there are


def starts(found: Sequence[Period]) -> list[str]:
    return [period.start.isoformat() for period in found]


def test_a_calendar_year_begins_where_the_network_says_and_the_first_is_a_part() -> None:
    found = periods(terms(start_month=9), date(2026, 3, 15), None, date(2027, 12, 31))
    assert [(p.start, p.end, p.is_part) for p in found] == [
        (date(2026, 3, 15), date(2026, 9, 1), True),
        (date(2026, 9, 1), date(2027, 9, 1), False),
        (date(2027, 9, 1), date(2028, 9, 1), False),
    ]
    assert found[0].whole_start == date(2025, 9, 1)


def test_rolling_from_the_31st_falls_on_the_last_day_of_short_months_and_back() -> None:
    found = periods(terms(rhythm="monthly", anchor="rolling"), date(2027, 1, 31), None, date(2027, 6, 1))
    assert starts(found) == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]


def test_who_joined_on_a_leap_day_pays_on_the_28th_until_there_is_one_again() -> None:
    found = periods(terms(anchor="rolling"), date(2024, 2, 29), None, date(2028, 12, 31))
    assert starts(found) == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


def test_a_period_that_begins_on_the_day_of_leaving_or_later_is_not_asked_for() -> None:
    quarterly = terms(rhythm="quarterly")
    joined = date(2026, 1, 1)
    assert starts(periods(quarterly, joined, date(2026, 7, 1), FOREVER)) == ["2026-01-01", "2026-04-01"]
    assert starts(periods(quarterly, joined, date(2026, 7, 2), FOREVER))[-1] == "2026-07-01"
    assert periods(quarterly, joined, joined, FOREVER) == []


def test_a_plan_asks_for_no_time_before_it_starts_and_no_period_after_it_ends() -> None:
    found = periods(terms(starts_on=date(2026, 4, 1), ends_on=date(2027, 1, 1)), date(2020, 5, 5), None, FOREVER)
    assert starts(found) == ["2026-04-01", "2027-01-01"]
    assert found[0].whole_start == date(2026, 1, 1)


def test_once_asks_those_who_join_while_the_plan_is_there() -> None:
    once = terms(rhythm="once", starts_on=date(2026, 1, 1))
    assert starts(periods(once, date(2026, 1, 1), None, FOREVER)) == ["2026-01-01"]
    assert periods(once, date(2025, 12, 31), None, FOREVER) == []
    assert periods(once, date(2026, 5, 1), None, date(2026, 4, 30)) == []
    assert periods(once, date(2026, 5, 1), date(2026, 5, 1), FOREVER) == []
    assert part(replace(once, pro_rata="days"), periods(once, date(2026, 5, 1), None, FOREVER)[0]) == 1


DAYS = st.dates(date(2019, 1, 1), date(2028, 12, 31))
RHYTHMS: st.SearchStrategy[Rhythm] = st.sampled_from(["annual", "quarterly", "monthly"])
TERMS = st.builds(
    terms,
    rhythm=RHYTHMS,
    anchor=st.sampled_from(["fixed", "rolling"]),
    start_month=st.integers(1, 12),
    starts_on=DAYS,
    pro_rata=st.sampled_from(["none", "days", "months"]),
)


@given(TERMS, DAYS, DAYS)
def test_periods_tile_the_time_from_joining_without_gap_or_overlap(of: Terms, joined: date, until: date) -> None:
    found = periods(of, joined, None, until)
    begins = max(joined, of.starts_on)
    assert bool(found) == (begins <= until)
    for before, after in pairwise(found):
        assert before.end == after.start == after.whole_start
    if found:
        assert found[0].start == begins
        assert found[-1].start <= until < found[-1].end


@given(TERMS, DAYS)
def test_each_whole_period_is_as_long_as_its_rhythm_says(of: Terms, joined: date) -> None:
    anchor_day = joined.day if of.anchor == "rolling" else 1
    for period in periods(of, joined, None, FOREVER):
        for day in (period.whole_start, period.end):
            assert day.day == min(anchor_day, monthrange(day.year, day.month)[1])
        length = (period.end.year - period.whole_start.year) * 12 + period.end.month - period.whole_start.month
        assert length == MONTHS[of.rhythm]
        assert period.whole_start <= period.start < period.end


@given(TERMS, DAYS, DAYS)
def test_what_was_billed_until_a_day_is_what_a_run_on_that_day_would_have_billed(
    of: Terms, joined: date, left: date
) -> None:
    whole = periods(of, joined, left, FOREVER)
    assert whole == [p for p in periods(of, joined, None, FOREVER) if p.start < left]
    assert periods(of, joined, None, left - timedelta(days=1)) == whole


@given(TERMS, DAYS, st.integers(0, 10_000_000))
def test_a_part_costs_no_more_than_the_whole_and_a_whole_costs_the_price(of: Terms, joined: date, price: int) -> None:
    of = replace(of, prices=(Price(date(2000, 1, 1), price),))
    for period in periods(of, joined, None, FOREVER):
        asked = charge(plan(of), period, ())
        assert 0 <= asked.amount <= price
        assert period.is_part or asked.amount == price
        assert 0 < part(of, period) <= 1


@given(st.integers(0, 11), st.integers(0, 27), st.integers(1, 12), st.integers(0, 1_000_000))
def test_the_months_of_two_parts_of_a_year_are_twelve(month: int, day: int, start: int, price: int) -> None:
    year = date(2026, start, 1)
    cut = add_months(year, month)
    rest = Period(cut + timedelta(days=day), add_months(year, 12), year)
    # Begun months count: a cut within a month leaves that month to the rest.
    assert months_of(rest) == 12 - month
    monthly = terms(rhythm="monthly", prices=(Price(date(2020, 1, 1), price),))
    asked = periods(monthly, year, None, add_months(year, 12) - timedelta(days=1))
    assert sum(charge(plan(monthly), period, ()).amount for period in asked) == 12 * price


def test_pro_rata_is_rounded_half_to_even_once() -> None:
    half = Period(date(2026, 7, 1), date(2027, 1, 1), date(2026, 1, 1))
    for price, asked in ((1, 0), (3, 2), (5, 2), (6001, 3000), (6003, 3002)):
        of = terms(pro_rata="months", prices=(Price(date(2020, 1, 1), price),))
        assert charge(plan(of), half, ()).amount == asked
    by_days = terms(pro_rata="days", prices=(Price(date(2020, 1, 1), 36500),))
    assert charge(plan(by_days), half, ()).amount == 18400
    in_leap_year = Period(date(2028, 2, 29), date(2029, 1, 1), date(2028, 1, 1))
    assert part(by_days, in_leap_year).limit_denominator() == part(by_days, in_leap_year)
    assert (part(by_days, in_leap_year).numerator, part(by_days, in_leap_year).denominator) == (307, 366)


def test_a_price_holds_for_periods_that_begin_from_its_day_on() -> None:
    of = terms(prices=(Price(date(2020, 1, 1), 100), Price(date(2026, 1, 1), 200), Price(date(2026, 1, 1), 300)))
    asked = [charge(plan(of), p, ()).amount for p in periods(of, date(2025, 1, 1), None, date(2026, 12, 31))]
    assert asked == [100, 300]


def test_an_exemption_or_another_amount_holds_on_the_day_that_a_period_begins() -> None:
    of = terms(rhythm="quarterly", pro_rata="months")
    free = Exemption(uuid4(), date(2026, 4, 1), date(2026, 7, 1), None, None)
    less = Exemption(uuid4(), date(2026, 7, 1), None, 1000, "EUR")
    found = periods(of, date(2026, 2, 1), None, date(2026, 12, 31))
    asked = [charge(plan(of), period, (free, less)) for period in found]
    assert [(c.price, c.amount) for c in asked] == [(4000, 4000), (6000, 0), (6000, 1000), (6000, 1000)]
    assert [c.exemption for c in asked] == [None, free, less, less]
    other_currency = replace(less, currency="HOUR")
    assert charge(plan(of), found[-1], (other_currency,)).amount == 6000


@given(st.integers(1, 10**9), st.sampled_from([None, Decimal(0), Decimal(4), Decimal(21), Decimal("12.5")]))
def test_net_and_tax_are_the_amount(amount: int, rate: Decimal | None) -> None:
    net = net_of(amount, rate)
    assert 0 <= amount - net <= amount
    assert rate or net == amount
    percent = 100 + (rate or Decimal(0))
    assert abs(net * percent - amount * 100) <= percent / 2


def payer(**changes: object) -> Payer:
    standard = Payer(
        id=UUID(int=1), kind="person", spans=(Span(date(2026, 1, 1), None),), choices=(), exemptions=(), billed=()
    )
    return replace(standard, **changes)  # type: ignore[arg-type] # the tests name fields that there are


def asked_of(member: Payer, *plans: Plan, until: date = date(2026, 12, 31)) -> list[Bill]:
    return bills(member, {one.id: one for one in plans}, until)


def told(found: Sequence[Bill]) -> list[tuple[str, str, int]]:
    return [(b.period.start.isoformat(), b.period.end.isoformat(), b.charge.amount) for b in found]


def as_billed(found: Sequence[Bill]) -> tuple[Billed, ...]:
    return tuple(Billed(b.plan.id, b.period.start, b.period.end, b.plan.once) for b in found)


def test_a_kind_that_no_plan_serves_is_asked_for_nothing() -> None:
    assert asked_of(payer(kind="household"), plan()) == []
    assert told(asked_of(payer(), plan())) == [("2026-01-01", "2027-01-01", 6000)]


def test_a_chosen_plan_takes_the_place_of_the_kinds_while_it_is_chosen() -> None:
    of_kind = plan(terms(rhythm="monthly", prices=(Price(date(2020, 1, 1), 600),)))
    chosen = plan(terms(rhythm="quarterly", prices=(Price(date(2020, 1, 1), 900),)), kinds=())
    member = payer(choices=(Choice(chosen.id, date(2026, 3, 1), date(2026, 8, 1)),))
    assert told(asked_of(member, of_kind, chosen, until=date(2026, 10, 1))) == [
        ("2026-01-01", "2026-02-01", 600),
        ("2026-02-01", "2026-03-01", 600),
        ("2026-03-01", "2026-04-01", 900),
        ("2026-04-01", "2026-07-01", 900),
        ("2026-07-01", "2026-10-01", 900),
        ("2026-10-01", "2026-11-01", 600),
    ]


def test_who_changes_kind_is_not_asked_twice_for_the_same_days() -> None:
    persons = plan(terms(pro_rata="months"))
    firms = plan(terms(pro_rata="months", prices=(Price(date(2020, 1, 1), 30000),)), kinds=("enterprise",))
    billed = as_billed(asked_of(payer(), persons, firms))
    member = payer(kind="enterprise", billed=billed)
    assert asked_of(member, persons, firms) == []
    assert told(asked_of(member, persons, firms, until=date(2027, 1, 1))) == [("2027-01-01", "2028-01-01", 30000)]


def test_who_was_asked_by_the_month_is_asked_for_the_rest_of_the_year() -> None:
    persons = plan(terms(rhythm="monthly", prices=(Price(date(2020, 1, 1), 500),)))
    firms = plan(terms(pro_rata="months"), kinds=("enterprise",))
    billed = as_billed(asked_of(payer(), persons, firms, until=date(2026, 3, 31)))
    member = payer(kind="enterprise", billed=billed)
    assert told(asked_of(member, persons, firms, until=date(2026, 4, 1))) == [("2026-04-01", "2027-01-01", 4500)]


def test_who_comes_back_pays_from_where_what_it_paid_ends() -> None:
    rolling = plan(terms(anchor="rolling", pro_rata="months"))
    once = plan(terms(rhythm="once", prices=(Price(date(2020, 1, 1), 2500),)))
    away = payer(spans=(Span(date(2026, 1, 10), date(2026, 6, 1)),))
    first = asked_of(away, rolling, once)
    assert told(first) == [("2026-01-10", "2026-01-11", 2500), ("2026-01-10", "2027-01-10", 6000)]
    back = replace(away, spans=(*away.spans, Span(date(2026, 12, 10), None)), billed=as_billed(first))
    assert told(asked_of(back, rolling, once, until=date(2027, 1, 9))) == [("2026-12-10", "2026-12-11", 2500)]
    assert told(asked_of(back, rolling, once, until=date(2027, 1, 10))) == [
        ("2026-12-10", "2026-12-11", 2500),
        ("2027-01-10", "2027-12-10", 5500),
    ]


@given(TERMS, st.lists(DAYS, max_size=4, unique=True), st.lists(st.tuples(DAYS, TERMS), max_size=3), DAYS)
def test_no_day_is_billed_twice_and_a_second_run_finds_nothing(
    of: Terms, days: list[date], chosen: list[tuple[date, Terms]], until: date
) -> None:
    days = sorted(days)
    belonging = tuple(Span(a, b) for a, b in zip(days[::2], [*days[1::2], None], strict=False))
    plans = [plan(of), *(plan(other, kinds=()) for _, other in chosen)]
    sinces = sorted({since for since, _ in chosen})
    choices = tuple(
        Choice(one.id, since, before)
        for one, since, before in zip(plans[1:], sinces, [*sinces[1:], None], strict=False)
    )
    member = payer(spans=belonging, choices=choices)
    found = asked_of(member, *plans, until=until)
    for earlier, later in pairwise(found):
        assert earlier.period.end <= later.period.start
    assert asked_of(replace(member, billed=as_billed(found)), *plans, until=until) == []
    # Run day by day or late and at once: the same days are paid for.
    half = asked_of(member, *plans, until=until - timedelta(days=200))
    rest = asked_of(replace(member, billed=as_billed(half)), *plans, until=until)
    assert told([*half, *rest]) == told(found)


def test_belonging_follows_from_what_happened() -> None:
    day = [date(2026, 1, n) for n in range(1, 9)]
    assert spans([]) == ()
    assert spans([("applied", day[0])]) == ()
    happened = [("applied", day[0]), ("admitted", day[1]), ("suspended", day[2]), ("reinstated", day[3])]
    assert spans(happened) == (Span(day[1], None),)  # type: ignore[arg-type] # literals
    left = [*happened, ("left", day[4]), ("applied", day[5]), ("admitted", day[6])]
    assert spans(left) == (Span(day[1], day[4]), Span(day[6], None))  # type: ignore[arg-type] # literals


def test_an_invoice_is_due_counted_from_itself_or_from_its_period_if_that_begins_later() -> None:
    of = plan()
    period = Period(date(2027, 1, 1), date(2028, 1, 1), date(2027, 1, 1))
    assert due_on(of, period, date(2026, 12, 10)) == date(2027, 1, 31)
    assert due_on(of, period, date(2027, 2, 1)) == date(2027, 3, 3)


def test_how_an_invoice_stands_follows_from_amounts_and_days() -> None:
    due, later = date(2026, 1, 31), date(2026, 2, 1)

    def stands(allocated: int, today: date, cancelled_on: date | None = None) -> str:
        return status(amount=100, allocated=allocated, due_on=due, cancelled_on=cancelled_on, today=today)

    assert [stands(0, due), stands(99, due), stands(0, later), stands(99, later)] == [
        "open",
        "open",
        "overdue",
        "overdue",
    ]
    assert [stands(100, later), stands(0, later, cancelled_on=due)] == ["paid", "cancelled"]


@given(st.integers(1, 1000), st.lists(st.integers(0, 500), max_size=6))
def test_a_payment_is_shared_in_order_and_never_more_than_is_open_or_paid(amount: int, open_amounts: list[int]) -> None:
    invoices = [(uuid4(), left) for left in open_amounts]
    shares = share(amount, invoices)
    left = dict(invoices)
    assert all(0 < part <= left[invoice_id] for invoice_id, part in shares)
    assert sum(part for _, part in shares) == min(amount, sum(open_amounts))
    assert [invoice_id for invoice_id, _ in shares] == [i for i, n in invoices if n][: len(shares)]
    assert all(part == left[invoice_id] for invoice_id, part in shares[:-1])
