"""What things cost: lines rounded once, parts that add up, the most that an order may come to."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Invalid
from orders.cycles.rules.fees import Fee, PricePart, Tariff, check_fees, unit_price
from orders.cycles.rules.hubs import HubFee
from orders.cycles.rules.shares import apportion
from orders.ordering.rules.pricing import (
    Bill,
    Item,
    all_fees,
    bill,
    credit_by_line,
    credit_limits,
    fee_parts,
    highest_total,
    most,
)

TRANSPORT = Fee("Transport", "percent", Decimal(5), "network")
PRODUCER = PricePart("Rancho", "rancho", 0)


def test_what_is_shared_out_adds_up_by_largest_remainder() -> None:
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert apportion(0, [0, 0]) == [0, 0]
    with pytest.raises(ValueError, match="nobody"):
        apportion(1, [0, 0])


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_parts_add_up_and_stay_within_one_of_their_quota(whole: int, weights: list[int]) -> None:
    parts = apportion(whole, weights)
    assert sum(parts) == whole
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - whole * weight) < sum(weights)


def test_the_price_of_a_unit_says_what_it_consists_of() -> None:
    packing = Fee("Packing", "per_item", Decimal("1.50"), "fund")
    delivery = Fee("Delivery", "flat", Decimal(20), "network")
    total, parts = unit_price(Tariff("MXN", (TRANSPORT, packing, delivery)), 2500, "KGM", PRODUCER)
    assert total == 2775
    assert [(part.name, part.minor) for part in parts] == [("Rancho", 2500), ("Transport", 125), ("Packing", 150)]


def test_the_price_at_a_hub_says_what_its_fees_are() -> None:
    cold = HubFee("Cold room", "rancho", 50)
    total, parts = unit_price(Tariff("MXN", (TRANSPORT,)), 2700, "KGM", PRODUCER, [cold])
    assert total == 2885
    assert [(part.name, part.minor) for part in parts] == [("Rancho", 2700), ("Transport", 135), ("Cold room", 50)]


def test_a_line_is_rounded_once_half_even() -> None:
    # 10.10 and 5 % are 10.605: two of them 21.21, not twice 10.60.
    tariff = Tariff("MXN", (TRANSPORT,))
    assert bill(tariff, [Item(1010, "KGM", Decimal(2))]).total == 2121
    assert bill(tariff, [Item(1010, "KGM", Decimal(1))]).total == 1060


def test_kilos_pay_by_the_kilo_and_pieces_do_not() -> None:
    tariff = Tariff("MXN", (Fee("Freight", "per_kilo", Decimal(2), "network"),))
    assert bill(tariff, [Item(1000, "KGM", Decimal("1.5"))]).total == 1800
    assert bill(tariff, [Item(1000, "H87", Decimal(2))]).total == 2000


def test_a_price_sack_costs_less_from_its_threshold_on() -> None:
    sack = Fee("Delivery", "price_sack", Decimal(40), "network", Decimal(500), Decimal(10))
    tariff = Tariff("MXN", (sack,))
    assert bill(tariff, [Item(10000, "H87", Decimal(4))]).total == 44000
    assert bill(tariff, [Item(10000, "H87", Decimal(5))]).total == 51000


def test_an_order_of_nothing_costs_nothing() -> None:
    tariff = Tariff("MXN", (TRANSPORT, Fee("Delivery", "flat", Decimal(20), "network")))
    assert bill(tariff, [Item(1000, "KGM", Decimal(0))]).total == 0


@pytest.mark.parametrize(
    ("fee", "code", "field"),
    [
        (Fee("A", "percent", Decimal(101), "network"), "fee_too_high", "/fees/0/value"),
        (Fee("A", "flat", Decimal("1.005"), "network"), "money_decimals", "/fees/0/value"),
        (Fee("A", "flat", Decimal(1), "nobody"), "unknown_payee", "/fees/0/payee"),
        (Fee("A", "price_sack", Decimal(1), "network"), "price_sack", "/fees/0"),
        (Fee("A", "flat", Decimal(1), "network", Decimal(1), Decimal(1)), "price_sack", "/fees/0"),
    ],
)
def test_a_fee_that_could_not_be_charged_is_refused(fee: Fee, code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_fees([fee], "MXN")
    assert (refused.value.code, refused.value.field) == (code, field)


def test_two_fees_of_one_name_are_refused() -> None:
    with pytest.raises(Invalid, match="name of its own"):
        check_fees([TRANSPORT, TRANSPORT], "MXN")


fees = st.builds(
    Fee,
    name=st.uuids().map(str),
    kind=st.sampled_from(["flat", "percent", "per_item", "per_kilo"]),
    value=st.decimals(0, 20, places=2),
    payee=st.sampled_from(["network", "fund", str(uuid4())]),
) | st.builds(
    Fee,
    name=st.uuids().map(str),
    kind=st.just("price_sack"),
    value=st.decimals(0, 50, places=2),
    payee=st.just("network"),
    threshold=st.decimals(1, 500, places=2),
    discounted=st.decimals(0, 50, places=2),
)
tariffs = st.lists(fees, max_size=4).map(lambda found: Tariff("MXN", tuple(found)))
quantities = st.decimals("0.001", 50, places=3)


def ordered(price: int, unit: str, quantity: Decimal, credit_share: int, fees: list[HubFee]) -> Item:
    return Item(price, unit, quantity, credit_share, tuple(fees))


hub_fees = st.lists(st.builds(HubFee, st.uuids().map(str), st.just("network"), st.integers(1, 900)), max_size=2)
items = st.builds(
    ordered,
    st.integers(0, 50_000),
    st.sampled_from(["KGM", "H87"]),
    quantities,
    st.sampled_from([0, 30, 50, 100]),
    hub_fees,
)


@given(tariffs, st.lists(items, min_size=1, max_size=5))
def test_the_parts_of_a_bill_add_up_to_it(tariff: Tariff, lines: list[Item]) -> None:
    billed = bill(tariff, lines)
    assert all(line.total == line.goods + sum(line.fees) + sum(line.hub_fees) for line in billed.lines)
    assert billed.total == billed.goods + sum(part.minor for part in all_fees(tariff, billed, lines))
    for line, item in zip(billed.lines, lines, strict=True):
        assert line.total == line.goods + sum(part.minor for part in fee_parts(tariff, line, item))


@given(tariffs, st.lists(items, min_size=1, max_size=5), st.integers(0, 10**6))
def test_no_line_takes_more_credit_than_its_share(tariff: Tariff, lines: list[Item], agreed: int) -> None:
    billed = bill(tariff, lines)
    taken = credit_by_line(billed, lines, agreed)
    limits = credit_limits(billed, lines)
    assert sum(taken) == min(agreed, sum(limits))
    assert all(part <= limit for part, limit in zip(taken, limits, strict=True))


def test_the_most_that_may_be_packed_is_a_tenth_more_where_weights_vary() -> None:
    assert most(Decimal(2), Decimal("0.5"), variable_weight=False) == Decimal("2.5")
    assert most(Decimal(2), Decimal("0.5"), variable_weight=True) == Decimal("2.75")
    assert most(Decimal("0.001"), Decimal(0), variable_weight=True) == Decimal("0.001")


@given(
    tariffs,
    st.lists(st.tuples(items, st.decimals(0, 5, places=3), st.booleans(), st.floats(0, 1)), min_size=1, max_size=4),
    st.floats(0, 1),
)
def test_no_bill_is_higher_than_what_was_held(
    tariff: Tariff, lines: list[tuple[Item, Decimal, bool, float]], part_in_credit: float
) -> None:
    bounds = [most(item.quantity, tolerance, varies) for item, tolerance, varies, _ in lines]
    wanted = [item for item, *_ in lines]
    highest = highest_total(tariff, _with(wanted, bounds))
    limit = sum(credit_limits(bill(tariff, wanted), wanted))
    credit = int(limit * part_in_credit)
    packed = _with(wanted, [round(bound * Decimal(line[3]), 3) for bound, line in zip(bounds, lines, strict=True)])
    billed: Bill = bill(tariff, packed)
    assert billed.total <= highest
    # Rounding each line may move a cent between what credit and what money pays.
    assert billed.total - sum(credit_by_line(billed, packed, credit)) <= highest - credit + len(lines)


def _with(wanted: list[Item], amounts: list[Decimal]) -> list[Item]:
    return [replace(item, quantity=amount) for item, amount in zip(wanted, amounts, strict=True)]
