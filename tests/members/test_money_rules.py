"""Rules of the ledger and of holds, by example and by property."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.orders import Posting
from contracts.values import Money
from kit.errors import Conflict, Invalid
from members.holds import rules as holds
from members.holds.rules import Request
from members.ledger import rules as ledger
from members.ledger.rules import AccountKey, Owner, Transfer

ANA, LUZ = UUID(int=1), UUID(int=2)
CURRENCIES = ("MXN", "TUMIN")


def account(member_id: UUID, currency: str = "MXN") -> AccountKey:
    return AccountKey(Owner.member(member_id), currency)


def asked(member_id: UUID, **amounts: int) -> Request:
    return Request(uuid4(), member_id, amounts)


@pytest.mark.parametrize("text", [f"member:{ANA}", "network:sales", "network:deposits_held"])
def test_an_owner_is_read_as_it_is_written(text: str) -> None:
    assert str(Owner.read(text)) == text


@given(st.text(max_size=60))
def test_any_other_text_owns_no_account(text: str) -> None:
    try:
        owner = Owner.read(text)
    except Invalid:
        return
    assert Owner.read(str(owner)) == owner


@given(st.uuids(), st.sampled_from(CURRENCIES), st.uuids(), st.sampled_from(CURRENCIES))
def test_an_account_has_the_same_id_always_and_no_other_account_has_it(
    first: UUID, first_currency: str, second: UUID, second_currency: str
) -> None:
    one, other = account(first, first_currency), account(second, second_currency)
    assert (one.id == other.id) == (one == other)
    assert one.id == account(first, first_currency).id


def test_a_reversal_swaps_the_sides_and_holds_are_not_reversed() -> None:
    paid = Transfer(uuid4(), account(ANA), account(LUZ), 500, "exchange", uuid4())
    back = ledger.reversal(paid, transfer_id=uuid4(), reason="mistake")
    assert (back.debit, back.credit, back.amount, back.reverses) == (account(LUZ), account(ANA), 500, paid.id)
    assert back.beyond_limit
    held = Transfer(uuid4(), account(ANA), account(LUZ), 500, "order", uuid4(), status="pending")
    with pytest.raises(Conflict):
        ledger.reversal(held, transfer_id=uuid4(), reason="mistake")


def test_the_default_limits_are_for_credit_alone() -> None:
    assert ledger.default_limits("MXN", "TUMIN", Decimal(500), Decimal(9)) == ledger.Limits(0, None)
    assert ledger.default_limits("TUMIN", "TUMIN", Decimal("12.5"), Decimal(20)) == ledger.Limits(1250, 2000)
    assert ledger.default_limits("TUMIN", "TUMIN", Decimal("12.5"), None) == ledger.Limits(1250, None)
    assert ledger.default_limits("MXN", None, Decimal(500), None) == ledger.Limits(0, None)


def test_holds_of_one_currency_are_taken_together_and_nothing_is_held_of_nothing() -> None:
    request = holds.request(uuid4(), ANA, [Money.of_minor(n, c) for n, c in ((100, "MXN"), (50, "MXN"), (0, "TUMIN"))])
    assert request.amounts == {"MXN": 150}
    with pytest.raises(Invalid):
        holds.request(uuid4(), ANA, [Money.of_minor(-1, "MXN")])


def test_an_order_gets_all_or_nothing_and_the_next_gets_what_is_left() -> None:
    requests = [asked(ANA, MXN=60, TUMIN=10), asked(ANA, MXN=50), asked(ANA, MXN=40), asked(LUZ, MXN=1)]
    verdicts = holds.decide(
        requests,
        active={ANA},
        available={account(ANA): 100, account(ANA, "TUMIN"): 10},
        held={},
    )
    assert [verdict.refusal for verdict in verdicts] == [None, "not_enough_funds", None, "member_not_active"]
    assert verdicts[1].shortages == [holds.Shortage("MXN", 50, 40)]


def test_what_an_order_holds_already_counts_for_its_change_and_for_nobody_elses() -> None:
    changed = asked(ANA, MXN=120)
    held = {changed.order_id: {"MXN": 100}}
    (verdict,) = holds.decide([changed], active={ANA}, available={account(ANA): 20}, held=held)
    assert verdict.granted
    (verdict,) = holds.decide([changed], active={ANA}, available={account(ANA): 19}, held=held)
    assert verdict.shortages == [holds.Shortage("MXN", 120, 119)]
    verdicts = holds.decide([asked(ANA, MXN=50), changed], active={ANA}, available={account(ANA): 20}, held=held)
    assert [verdict.granted for verdict in verdicts] == [False, True]


def test_an_order_that_holds_what_it_asks_keeps_it_whatever_happened_to_its_member() -> None:
    kept = asked(ANA, MXN=100)
    held = {kept.order_id: {"MXN": 100}}
    (verdict,) = holds.decide([kept], active=set(), available={account(ANA): -50}, held=held)
    assert verdict.granted
    assert verdict.holds_already


amounts = st.dictionaries(st.sampled_from(CURRENCIES), st.integers(1, 200), min_size=1)
requests = st.lists(st.builds(lambda m, a: Request(uuid4(), m, a), st.sampled_from([ANA, LUZ]), amounts), max_size=12)
availables = st.fixed_dictionaries({account(m, c): st.integers(-100, 500) for m in (ANA, LUZ) for c in CURRENCIES})


@given(requests, availables, st.sets(st.sampled_from([ANA, LUZ])), st.data())
def test_what_is_granted_is_never_more_than_was_there_and_nothing_that_fitted_is_refused(
    asked_for: list[Request], available: dict[AccountKey, int], active: set[UUID], data: Any
) -> None:
    held = {r.order_id: data.draw(st.one_of(st.just({}), amounts)) for r in asked_for}
    verdicts = holds.decide(asked_for, active=active, available=available, held=held)
    assert [verdict.request for verdict in verdicts] == asked_for
    left = dict(available)
    for verdict in verdicts:
        request, already = verdict.request, held[verdict.request.order_id]
        after = {
            key: left[key] + already.get(key.currency, 0) - request.amounts.get(key.currency, 0)
            for key in left
            if key.owner == Owner.member(request.member_id)
        }
        asked_keys = [account(request.member_id, currency) for currency in request.amounts]
        fits = already == request.amounts or (
            request.member_id in active and all(after[key] >= 0 for key in asked_keys)
        )
        assert verdict.granted == fits
        if verdict.granted and not verdict.holds_already:
            left.update(after)
    assert all(left[key] >= min(0, available[key]) for key in left)


def test_a_settlement_is_booked_past_limits_and_without_what_comes_to_nothing() -> None:
    def posting(amount: str) -> Posting:
        money = {"amount": amount, "currency": "MXN"}
        return Posting.model_validate(
            {
                "posting_id": uuid4(),
                "debit": f"member:{ANA}",
                "credit": "network:sales",
                "amount": money,
                "cause": "order",
                "cause_id": uuid4(),
                "text": "",
            }
        )

    (transfer,) = holds.postings([posting("0.00"), posting("5.00")], {"MXN"})
    assert (transfer.amount, transfer.beyond_limit, transfer.status) == (500, True, "posted")
    with pytest.raises(Invalid):
        holds.postings([posting("5.00")], {"EUR"})


SUMS = st.integers(-10_000, 10_000)
LIMITS = st.integers(0, 10_000)


@given(
    balances=st.tuples(SUMS, SUMS),
    held=LIMITS,
    limits=st.tuples(LIMITS, st.none() | LIMITS),
    amount=st.integers(1, 20_000),
)
def test_a_payment_is_let_through_just_when_both_limits_hold_after_it(
    balances: tuple[int, int], held: int, limits: tuple[int, int | None], amount: int
) -> None:
    payer = ledger.Account(account(ANA), balances[0], held, limits[0])
    payee = ledger.Account(account(LUZ), balances[1], 0, 0, limits[1])
    fits = balances[0] - held - amount >= -limits[0]
    has_room = limits[1] is None or balances[1] + amount <= limits[1]
    for check, whose, expected in ((ledger.check_spendable, payer, fits), (ledger.check_room, payee, has_room)):
        try:
            check(whose, amount, "/amount")
        except Conflict:
            assert not expected
        else:
            assert expected


@given(st.dates(), st.none() | st.dates(), st.dates())
def test_what_is_closed_is_over_and_is_opened_again_from_the_day_that_was_asked(
    through: date, closed: date | None, today: date
) -> None:
    try:
        ledger.check_closing(through, closed, today)
    except (Invalid, Conflict):
        assert through >= today or (closed is not None and through <= closed)
        return
    assert through < today
    with pytest.raises(Conflict) as refused:
        ledger.check_open(through, through, None)
    assert refused.value.extra["first_open"] == (through + timedelta(days=1)).isoformat()
    if through > date.min:
        reopened = ledger.check_reopening(through, through)
        ledger.check_open(through, reopened, None)
