"""Which of several prices holds, and how the producer's part of it is made up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.language import texts_of
from orders.cycles.rules.explained import CostShare, Diagnosis, explained_document, made_of, newest
from orders.cycles.rules.hubs import HubOffer, effective
from orders.cycles.rules.shares import apportion

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CYCLE, OTHER_CYCLE, POINT, OTHER_POINT, VARIANT = (UUID(int=number) for number in range(1, 6))


def offer(number: int, point: UUID | None = None, cycle: UUID | None = None, **more: Any) -> HubOffer:
    return HubOffer(UUID(int=100 + number), VARIANT, point, cycle, 1000 + number, (), NOW - timedelta(days=1), **more)


def test_the_most_special_price_holds() -> None:
    both, cycle, point = offer(1, POINT, CYCLE), offer(2, None, CYCLE), offer(3, POINT)
    assert [one.rank for one in (both, cycle, point)] == [3, 2, 1]
    assert effective([point, cycle, both], CYCLE, POINT, NOW) is both
    assert effective([point, cycle], CYCLE, POINT, NOW) is cycle
    assert effective([point], CYCLE, POINT, NOW) is point
    assert effective([point, cycle, both], CYCLE, OTHER_POINT, NOW) is cycle
    assert effective([point, cycle, both], OTHER_CYCLE, POINT, NOW) is point
    assert effective([point, cycle, both], OTHER_CYCLE, OTHER_POINT, NOW) is None
    assert effective([], CYCLE, POINT, NOW) is None


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "holds"),
    [
        (NOW, None, True),
        (NOW + timedelta(seconds=1), None, False),
        (NOW - timedelta(days=2), NOW, False),
        (NOW - timedelta(days=2), NOW + timedelta(seconds=1), True),
    ],
)
def test_a_price_holds_from_its_instant_until_just_before_its_end(
    valid_from: datetime, valid_until: datetime | None, holds: bool
) -> None:
    one = replace(offer(1, POINT), valid_from=valid_from, valid_until=valid_until)
    assert (effective([one], CYCLE, POINT, NOW) is one) is holds


kinds = st.lists(
    st.tuples(
        st.sampled_from(["labour", "inputs", "energy", "transport", "depreciation", "other"]), st.integers(1, 5000)
    ),
    max_size=6,
    unique_by=lambda part: part[0],
)


def diagnosis(parts: list[tuple[str, int]], **more: Any) -> Diagnosis:
    cost = sum(minor for _, minor in parts)
    made = Diagnosis(
        id=UUID(int=9),
        product_id=UUID(int=10),
        producer_id=UUID(int=11),
        variant_id=VARIANT,
        unit="KGM",
        season="PV 2026",
        season_starts="2026-03-01",
        costs=tuple(CostShare(kind, minor) for kind, minor in parts),
        cost=cost,
        fair_price=cost * 6 // 5,
    )
    return replace(made, **more)


@given(kinds, st.integers(0, 30_000), st.decimals("0.001", 999, places=3), st.fractions(0, "0.2"))
def test_the_parts_of_a_producers_part_add_up_to_it_whatever_fees_there_are(
    parts: list[tuple[str, int]], price: int, quantity: Decimal, fee: Any
) -> None:
    total = round(quantity * price * (1 + Decimal(fee.numerator) / fee.denominator))
    goods = apportion(total, [price, price * fee])[0] if price else 0
    found = made_of(diagnosis(parts).document, price, quantity, goods)
    assert sum(share.minor for share in found) == goods
    if price >= sum(minor for _, minor in parts):
        assert all(share.minor > 0 for share in found), "what covers the cost leaves nothing short"
    negative = [share for share in found if share.minor < 0]
    assert {share.kind for share in negative} <= {"shortfall"}


def test_ten_kilos_below_cost_show_the_whole_cost_and_what_is_short() -> None:
    made = diagnosis([("labour", 360), ("inputs", 244), ("transport", 269)]).document
    assert made_of(made, 753, Decimal(10), 7530) == [
        CostShare("labour", 3600),
        CostShare("inputs", 2440),
        CostShare("transport", 2690),
        CostShare("shortfall", -1200),
    ]
    document = explained_document(made, 753, "MXN", texts_of("orders"))
    assert document["summary"]["en"] == "The price is 1.20 MXN below the cost"
    assert (document["gap"], document["cost"]) == (
        {"amount": "-1.20", "currency": "MXN"},
        {"amount": "8.73", "currency": "MXN"},
    )


def test_a_kilo_costs_the_same_in_every_pack_and_a_piece_only_in_its_own() -> None:
    product, other = UUID(int=10), UUID(int=6)
    kilo, piece = diagnosis([("labour", 1)]), diagnosis([("labour", 1)], unit="H87")
    later = diagnosis([("labour", 2)], id=UUID(int=8), season_starts="2027-03-01")
    assert newest([kilo, piece], product, other, "KGM") is kilo
    assert newest([later, kilo], product, other, "KGM") is later
    assert newest([kilo, piece], product, other, "H87") is None
    assert newest([kilo, piece], product, VARIANT, "H87") is piece
    assert newest([kilo], other, VARIANT, "KGM") is None
