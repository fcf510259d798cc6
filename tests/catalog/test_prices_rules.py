"""From work and inputs to the cost of a unit and a fair price: sums, parts and refusals."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.prices.rules.figures import (
    KINDS,
    Cost,
    Figures,
    Observed,
    Season,
    Wear,
    Yield,
    check,
    check_publishable,
    check_season,
    for_next_season,
)
from catalog.prices.rules.results import WHOLE, AnyPart, compare, result_of
from catalog.prices.rules.shares import apportion
from contracts.catalog import CostKind
from contracts.values import Money
from kit.errors import Conflict, Invalid

TODAY = date(2026, 11, 20)


def money(amount: str, currency: str = "MXN") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def cost(kind: CostKind, quantity: str, price: str, currency: str = "MXN") -> Cost:
    return Cost(kind, kind, Decimal(quantity), "", money(price, currency))


def wear(value: str, years: str, share: str, currency: str = "MXN") -> Cost:
    return Cost("depreciation", "x", wear=Wear(money(value, currency), Decimal(years), Decimal(share)))


#: A plot of tomatoes under shade near Querétaro: 160 hours, two tonnes sold.
TOMATOES = Figures(
    costs=(
        cost("labour", "160", "45.00"),
        cost("inputs", "1200", "1.80"),
        cost("inputs", "800", "2.50"),
        cost("inputs", "40", "18.00"),
        cost("energy", "320", "1.95"),
        cost("transport", "16", "180.00"),
        wear("9500.00", "8", "40"),
        wear("14000.00", "5", "50"),
    ),
    harvest=Yield(Decimal(2400), Decimal(2180), Decimal(180)),
    margin=Decimal(20),
)
#: A cow's milk in Sigchos, of which buyers pay 0.35 a litre.
MILK = Figures(
    costs=(
        cost("labour", "310", "2.80", "USD"),
        cost("inputs", "24", "14.50", "USD"),
        cost("transport", "52", "3.00", "USD"),
        wear("900.00", "6", "100", "USD"),
    ),
    harvest=Yield(Decimal(3600), losses=Decimal(80)),
    margin=Decimal(10),
    observed=(Observed("paid_now", money("0.35", "USD"), date(2026, 10, 2), "Piquero de la parroquia"),),
)
#: Blocks of panela of 500 g: cane, firewood of bagasse, the mill's share.
PANELA = Figures(
    costs=(
        cost("labour", "46", "2.80", "USD"),
        cost("inputs", "4.2", "38.00", "USD"),
        cost("energy", "11", "1.75", "USD"),
        wear("4200.00", "12", "2.5", "USD"),
        cost("other", "1", "9.60", "USD"),
    ),
    harvest=Yield(Decimal(610), Decimal(590), Decimal(14)),
    margin=Decimal("12.5"),
)


def sums(parts: tuple[AnyPart, ...]) -> int:
    return sum(part.minor for part in parts)


def test_tomatoes_cost_what_their_work_and_inputs_come_to_over_what_was_sold() -> None:
    result = TOMATOES.result
    assert result.total == 17_459_00
    assert {part.kind: part.minor for part in result.kinds} == {
        "labour": 7200_00,
        "inputs": 4880_00,
        "energy": 624_00,
        "transport": 2880_00,
        "depreciation": 1875_00,
    }
    assert result.lines == (7200_00, 2160_00, 2000_00, 720_00, 624_00, 2880_00, 475_00, 1400_00)
    assert (result.cost, result.fair_price) == (873, 1048), "17,459 over 2,000 kilos, and a fifth more"
    assert {part.kind: part.minor for part in result.costs} == {
        "labour": 360,
        "inputs": 244,
        "energy": 31,
        "transport": 144,
        "depreciation": 94,
    }
    assert sums(result.costs) == 873
    assert sums(result.fair_parts) == 1048


def test_milk_is_paid_less_than_it_costs_and_the_gap_is_named() -> None:
    result = MILK.result
    assert (result.cost, result.fair_price) == (43, 48)
    paid = compare(result, 35)
    assert (paid.gap, paid.percent, paid.to_fair) == (-8, Decimal("-18.6"), -13)
    assert paid.parts[-1].kind == "shortfall"
    assert paid.parts[-1].minor == -8
    assert sums(paid.parts) == 35
    assert sums(paid.of_one) == WHOLE


def test_panela_is_reckoned_by_the_block() -> None:
    result = PANELA.result
    assert result.total == 326_00, "128.80 + 159.60 + 19.25 + 8.75 + 9.60"
    assert (result.cost, result.fair_price) == (57, 64)


def test_before_the_harvest_what_is_expected_counts() -> None:
    assert Yield(Decimal(2400), None, Decimal(100)).sold == 2300
    assert Yield(Decimal(2400), Decimal(1900), Decimal(100)).sold == 1800


lines = st.lists(
    st.tuples(st.sampled_from(KINDS), st.fractions(0, 10**9, max_denominator=10_000)), min_size=1, max_size=12
)
quantities = st.decimals(Decimal("0.001"), 999_999, places=3)
margins = st.decimals(0, 1000, places=3)
prices = st.integers(1, 10**9)


@given(lines, quantities, margins, prices)
def test_parts_add_up_to_the_whole_whatever_the_figures(
    costs: list[tuple[CostKind, Fraction]], sold: Decimal, margin: Decimal, price: int
) -> None:
    result = result_of(costs, sold, margin)
    assert sums(result.kinds) == sum(result.lines) == result.total
    for kind in KINDS:
        of_kind = sum(line for line, (named, _) in zip(result.lines, costs, strict=True) if named == kind)
        assert of_kind == sum(part.minor for part in result.kinds if part.kind == kind)
    assert sums(result.costs) == result.cost
    assert sums(result.fair_parts) == result.fair_price
    compared = compare(result, price)
    assert sums(compared.parts) == price
    assert sums(compared.of_one) == WHOLE
    assert [part for part in compared.parts if part.minor < 0] == [
        part for part in compared.parts if part.kind == "shortfall"
    ]


@given(lines, quantities, margins)
def test_a_fair_price_is_never_below_the_cost_and_grows_with_the_margin(
    costs: list[tuple[CostKind, Fraction]], sold: Decimal, margin: Decimal
) -> None:
    result = result_of(costs, sold, margin)
    assert result.fair_price >= result.cost
    assert result_of(costs, sold, margin + 1).fair_price >= result.fair_price
    assert result_of(costs, sold, Decimal(0)).fair_price == result.cost


@given(lines, quantities)
def test_a_unit_costs_its_share_rounded_once(costs: list[tuple[CostKind, Fraction]], sold: Decimal) -> None:
    exact = sum((amount for _, amount in costs), Fraction(0)) / Fraction(sold)
    assert abs(result_of(costs, sold, Decimal(0)).cost - exact) <= Fraction(1, 2)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=9).filter(any))
def test_largest_remainder_gives_each_its_share_but_for_less_than_one(whole: int, weights: list[int]) -> None:
    parts = apportion(whole, weights)
    assert sum(parts) == whole
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(whole * weight, sum(weights))) < 1


@pytest.mark.parametrize(
    ("figures", "code", "pointer"),
    [
        (replace(TOMATOES, costs=()), "no_costs", "/work"),
        (replace(TOMATOES, harvest=Yield(Decimal(100), losses=Decimal(100))), "nothing_left", "/yield/losses"),
        (replace(TOMATOES, harvest=Yield(Decimal(9), Decimal(0))), "nothing_left", "/yield/losses"),
        (replace(TOMATOES, costs=(*TOMATOES.costs, *MILK.costs)), "wrong_currency", "/work/1/wage/currency"),
        (replace(TOMATOES, costs=(wear("9.00", "1", "1", "USD"),)), "wrong_currency", "/depreciation/0/value/currency"),
        (replace(TOMATOES, costs=(cost("inputs", "1", "-1.00"),)), "amount_negative", "/inputs/0/price/amount"),
        (
            replace(TOMATOES, observed=(Observed("local", money("0.00"), TODAY, "x"),)),
            "price_not_positive",
            "/observed/0/price/amount",
        ),
        (
            replace(TOMATOES, observed=(Observed("local", money("9.00"), date(2026, 11, 21), "x"),)),
            "in_the_future",
            "/observed/0/seen_on",
        ),
        (replace(TOMATOES, costs=(cost("other", "999999", "999999999.00"),) * 9), "too_large", "/yield"),
    ],
)
def test_figures_without_a_cost_per_unit_are_refused_where_they_are_wrong(
    figures: Figures, code: str, pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check(figures, "MXN", TODAY)
    assert (refused.value.code, refused.value.field) == (code, pointer)


def test_good_figures_are_taken() -> None:
    check(TOMATOES, "MXN", TODAY)
    check(MILK, "USD", TODAY)
    check(PANELA, "USD", TODAY)


def test_a_season_has_an_end_and_a_measure() -> None:
    check_season(Season("2026", date(2026, 1, 1), date(2026, 1, 1)))
    for ends_on, code in ((date(2025, 12, 31), "ends_before_it_starts"), (date(2029, 1, 1), "season_too_long")):
        with pytest.raises(Invalid) as refused:
            check_season(Season("2026", date(2026, 1, 1), ends_on))
        assert refused.value.code == code


def test_what_costs_nothing_explains_no_price() -> None:
    with pytest.raises(Conflict):
        check_publishable(replace(TOMATOES, costs=(cost("labour", "0", "45.00"),)))


def test_a_template_keeps_work_and_inputs_and_expects_what_was_harvested() -> None:
    template = for_next_season(MILK)
    assert (template.costs, template.margin, template.observed) == (MILK.costs, MILK.margin, ())
    assert template.harvest == Yield(Decimal(3600))
    assert for_next_season(TOMATOES).harvest == Yield(Decimal(2180))
