"""What is true of lots without a database: masses, packing, balances, shares."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.lots.rules import balance, lots, mass, packing, tracing
from catalog.lots.rules.balance import Moved
from catalog.lots.rules.kinds import LossName
from catalog.lots.rules.lots import Lot, Make, Take, Thing
from catalog.lots.rules.packing import Need
from catalog.lots.rules.tracing import Flow, Step
from kit.errors import Conflict, Invalid

DAY = date(2026, 11, 1)
quantities = st.decimals("0.001", "5000", places=3)
weights = st.sampled_from([Decimal(1), Decimal("1.03"), Decimal("0.35"), Decimal("1.074")])


def thing(kg: Decimal | None = Decimal(1), **more: object) -> Thing:
    return replace(Thing("Queso", "KGM", kg, None, None), **more)  # type: ignore[arg-type]  # any field by its name


def lot(balance: Decimal | int, made_in: int = 1, kg: Decimal | None = Decimal(1), **more: object) -> Lot:
    return Lot(uuid4(), f"X-{made_in}", made_in, DAY, Decimal(balance), 1, thing(kg, **more))


@given(
    st.lists(st.tuples(quantities, weights), min_size=1, max_size=5),
    st.lists(st.tuples(quantities, weights), max_size=4),
)
def test_what_goes_in_weighs_what_comes_out_and_is_lost_or_it_is_refused(
    taken: list[tuple[Decimal, Decimal]], made: list[tuple[Decimal, Decimal]]
) -> None:
    takes = [Take(lot(quantity, kg=kg), quantity) for quantity, kg in taken]
    makes = [Make(uuid4(), thing(kg), quantity) for quantity, kg in made]
    went_in = sum(quantity * kg for quantity, kg in taken)
    came_out = sum(quantity * kg for quantity, kg in made)
    losses: list[tuple[LossName, Decimal | None]] = [("evaporation", None)]
    if came_out > went_in:
        with pytest.raises(Invalid, match="are made or lost"):
            mass.weigh(takes, makes, losses)
        return
    found, lost = mass.weigh(takes, makes, losses)
    assert found.taken == came_out + sum(lost.values(), Decimal(0)) == went_in
    if came_out == went_in:
        assert lost == {}
    else:
        with pytest.raises(Invalid, match="Say what became of"):
            mass.weigh(takes, makes, [])


def test_what_nobody_can_weigh_is_not_proved_but_named() -> None:
    takes = [Take(lot(10, kg=None), Decimal(10))]
    found, lost = mass.weigh(takes, [Make(uuid4(), thing(), Decimal(500))], [("trimming", Decimal(2))])
    assert (found.taken, found.unknown, lost) == (None, ("Queso",), {"trimming": Decimal(2)})


@given(st.lists(quantities, max_size=6), st.lists(quantities, min_size=1, max_size=6))
def test_packing_takes_no_more_than_there_is_nor_than_is_needed_and_leaves_nothing_that_is_needed(
    balances: list[Decimal], needs: list[Decimal]
) -> None:
    cycle, variant = uuid4(), uuid4()
    shelf = [
        lot(left, place, cycle_id=cycle, variant_id=variant, best_before=date(2026, 12, 28 - place))
        for place, left in enumerate(balances)
    ]
    stranger = lot(9999, 99, cycle_id=uuid4(), variant_id=variant)
    wanted = [Need(uuid4(), cycle, variant, quantity) for quantity in needs]
    takes = packing.allocate(wanted, [*shelf, stranger])
    by_lot: dict[UUID, Decimal] = {}
    by_line: dict[UUID | None, Decimal] = {}
    for take in takes:
        by_lot[take.lot.id] = by_lot.get(take.lot.id, Decimal(0)) + take.quantity
        by_line[take.line_id] = by_line.get(take.line_id, Decimal(0)) + take.quantity
    assert all(by_lot.get(one.id, Decimal(0)) <= one.balance for one in shelf)
    assert all(by_line.get(need.line_id, Decimal(0)) <= need.quantity for need in wanted)
    assert stranger.id not in by_lot
    assert sum(by_lot.values(), Decimal(0)) == min(sum(balances, Decimal(0)), sum(needs, Decimal(0)))
    # Whatever keeps longer is touched only once all that keeps shorter is gone.
    order = sorted(shelf, key=lambda one: one.thing.best_before or DAY)
    touched = [one.id in by_lot for one in order]
    assert touched == sorted(touched, reverse=True)


@given(st.lists(st.tuples(st.decimals("-100", "100", places=3), st.integers(0, 2)), max_size=20))
def test_a_balance_of_flows_and_of_what_is_there_differs_by_nothing(flows: list[tuple[Decimal, int]]) -> None:
    key = (None, "Queso", "KGM", Decimal(1))
    zero = Decimal(0)
    moves = [
        Moved(
            key,  # type: ignore[arg-type]  # a unit, as a plain text
            "corrected",
            None,
            amount if when == 0 else zero,
            max(amount, zero) if when == 1 else zero,
            max(-amount, zero) if when == 1 else zero,
            amount if when == 2 else zero,
        )
        for amount, when in flows
    ]
    there = sum((amount for amount, _ in flows), zero)
    found = balance.balanced(moves, {key: there}, {}, zero)  # type: ignore[dict-item]  # likewise
    assert all(line.difference == 0 for line in found.lines)
    assert found.chain.difference == 0
    wrong = balance.balanced(moves, {key: there + 1}, {}, zero)  # type: ignore[dict-item]  # likewise
    assert [line.difference for line in wrong.lines] == [-1]
    assert wrong.chain.difference == -1


def test_lots_put_together_keep_what_is_true_of_each() -> None:
    one = lot(1, best_before=date(2026, 12, 1), certificates=("A", "B"), producer_id=uuid4(), code="M-1")
    other = lot(1, best_before=date(2026, 11, 20), certificates=("B",), producer_id=uuid4(), code="M-2")
    whole = lots.merged([Take(one, Decimal(1)), Take(other, Decimal(1))], None)
    assert (whole.best_before, whole.certificates, whole.producer_id, whole.code) == (
        date(2026, 11, 20),
        ("B",),
        None,
        None,
    )
    for different in (lot(1, kg=Decimal(2)), lot(1, container=True), lot(1, stocked=True, variant_id=uuid4())):
        with pytest.raises(Invalid, match="transform them instead"):
            lots.merged([Take(one, Decimal(1)), Take(different, Decimal(1))], None)
    with pytest.raises(Invalid, match="different members"):
        lots.merged([Take(one, Decimal(1)), Take(_of(uuid4()), Decimal(1))], None)


def _of(member_id: UUID) -> Lot:
    return Lot(uuid4(), "X-9", 1, DAY, Decimal(1), 1, Thing("Queso", "KGM", Decimal(1), member_id, None))


def test_days_and_quantities_that_cant_be_are_refused() -> None:
    cheese = lot(3)
    with pytest.raises(Conflict, match="only 3 KGM left"):
        lots.check_take(cheese, Decimal("3.001"), "/quantity")
    with pytest.raises(Invalid, match="not be after today"):
        lots.check_day(date(2026, 11, 2), DAY)
    with pytest.raises(Invalid, match="was only made on 2026-11-01"):
        lots.check_day(date(2026, 10, 31), DAY, [cheese])
    assert lots.check_day(None, DAY, [cheese]) == DAY
    with pytest.raises(Invalid, match="counted whole"):
        lots.check_divisible("H87", Decimal("1.5"), "/quantity")
    assert lots.number("QRO-L-2026", 42) == "QRO-L-2026-0042"
    assert lots.number("QRO-L-2026", 12345) == "QRO-L-2026-12345"


def test_each_origin_has_its_share_by_weight() -> None:
    first, second, vat, cheese = (lot(0, place) for place in range(1, 5))

    def step(seq: int, *flows: tuple[Lot, str]) -> Step:
        moved = tuple(Flow(one.id, Decimal(quantity)) for one, quantity in flows)
        return Step(uuid4(), seq, "transformed", DAY, "", "", None, moved, {})

    steps = [
        step(3, (first, "-30"), (second, "-10"), (vat, "40")),
        step(4, (vat, "-40"), (cheese, "5")),
    ]
    carried = tracing.shares({cheese.id: Decimal(2)}, [first, second, vat, cheese], steps)
    assert (carried[first.id], carried[second.id], carried[vat.id]) == (Decimal("1.5"), Decimal("0.5"), Decimal(2))
    assert tracing.roots([first, second, vat, cheese], steps) == {first.id, second.id}
    assert tracing.depths([cheese.id], steps, "back") == {cheese.id: 0, vat.id: 1, first.id: 2, second.id: 2}
    assert tracing.depths([first.id], steps, "forward") == {first.id: 0, vat.id: 1, cheese.id: 2}
