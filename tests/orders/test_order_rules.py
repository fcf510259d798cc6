"""The saga's one decision, a cycle's status, and packing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Conflict, Invalid
from kit.negotiation import negotiated
from orders.cycles.rules.dates import CycleDates, check_dates, cycle_status
from orders.numbers import order_number, purchase_order_number
from orders.ordering.rules.saga import Answer, Given, OrderStanding, decide
from orders.pickup.rules import Packable, Packed, packed_quantities

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)
OPEN = CycleDates(NOW - timedelta(days=1), NOW + timedelta(days=1))

answers = st.sampled_from(["skipped", "granted", "refused", None])


def given_answer(answer: Answer | None) -> Given | None:
    return None if answer is None else Given(answer, ({"code": "no"},) if answer == "refused" else ())


STATUSES = st.sampled_from(["placed", "confirmed", "ready", "rejected", "cancelled", "collected", "settled"])


@given(STATUSES, answers, answers, st.booleans(), st.booleans())
def test_only_a_placed_order_with_both_answers_in_time_is_confirmed(
    status: str, stock: Answer | None, funds: Answer | None, late: bool, shared: bool
) -> None:
    now = LATER + timedelta(seconds=1) if late else NOW
    decision = decide(OrderStanding(status, LATER, shared), given_answer(stock), given_answer(funds), now)
    refused = "refused" in (stock, funds)
    if status == "confirmed" and refused and not shared:
        assert (decision.outcome, bool(decision.reasons)) == ("reject", True)
    elif status in ("confirmed", "ready", "collected") and refused:
        assert (decision.outcome, bool(decision.reasons)) == ("alarm", True)
    elif status != "placed":
        assert decision.outcome == "leave"
    elif refused:
        assert (decision.outcome, bool(decision.reasons)) == ("reject", True)
    elif late:
        assert (decision.outcome, decision.reasons[0]["code"]) == ("reject", "no_answer_in_time")
    else:
        assert decision.outcome == ("wait" if None in (stock, funds) else "confirm")


@pytest.mark.parametrize(
    ("dates", "status"),
    [
        (CycleDates(NOW + timedelta(hours=1), NOW + timedelta(days=1)), "upcoming"),
        (OPEN, "open"),
        (CycleDates(NOW, NOW + timedelta(days=1)), "open"),
        (CycleDates(NOW - timedelta(days=2), NOW), "closed"),
        (CycleDates(OPEN.opens_at, OPEN.closes_at, stopped_at=NOW), "closed"),
        (CycleDates(OPEN.opens_at, OPEN.closes_at, NOW, settling_at=NOW), "settling"),
        (CycleDates(OPEN.opens_at, OPEN.closes_at, NOW, NOW, settled_at=NOW), "settled"),
    ],
)
def test_a_cycles_status_follows_from_dates_and_facts(dates: CycleDates, status: str) -> None:
    assert cycle_status(dates, NOW) == status


def test_a_cycle_closes_after_it_opens_and_within_a_year() -> None:
    with pytest.raises(Invalid, match="closes after"):
        check_dates(NOW, NOW)
    with pytest.raises(Invalid, match="400 days"):
        check_dates(NOW, NOW + timedelta(days=401))


def test_numbers_carry_the_year_of_the_networks_calendar() -> None:
    new_year = datetime(2027, 1, 1, 3, tzinfo=UTC)
    assert order_number("QRO", "America/Mexico_City", new_year, 42) == "QRO-2026-0042"
    assert order_number("QRO", "Europe/Madrid", new_year, 12345) == "QRO-2027-12345"
    assert purchase_order_number("QRO", "America/Mexico_City", NOW, 7) == "QRO-OC-2026-0007"


def test_what_is_not_weighed_is_packed_as_allocated() -> None:
    first, second = uuid4(), uuid4()
    lines = [Packable(first, "Jitomate", Decimal(2), Decimal("2.2")), Packable(second, "Queso", Decimal(1), Decimal(1))]
    packed = packed_quantities(lines, [Packed(first, Decimal("1.95"))])
    assert packed == {first: Decimal("1.95"), second: Decimal(1)}


def test_more_than_was_agreed_to_is_not_packed() -> None:
    line = Packable(uuid4(), "Jitomate", Decimal(2), Decimal("2.2"))
    with pytest.raises(Invalid) as refused:
        packed_quantities([line], [Packed(line.line_id, Decimal("2.201"))])
    assert (refused.value.code, refused.value.field) == ("packed_too_much", "/lines/0/packed")


def test_what_was_not_received_is_not_packed() -> None:
    with pytest.raises(Conflict, match="Jitomate has not been received"):
        packed_quantities([Packable(uuid4(), "Jitomate", None, Decimal(2))], [])


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("application/pdf, application/json;q=0.5", "application/pdf"),
        ("text/*", "text/csv"),
        ("application/json;q=0, */*;q=0.1", "text/csv"),
    ],
)
def test_the_best_form_of_a_list_is_chosen(accept: str, kind: str) -> None:
    assert negotiated(accept) == kind
