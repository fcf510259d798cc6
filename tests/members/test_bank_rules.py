"""What a bank's line pays for, and when a direct debit may be collected."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Conflict, Invalid
from members.banking.rules import accounts, debits
from members.banking.rules.calendar import easter, is_target_day, next_target_day, target_days_after
from members.banking.rules.debits import ItemState, Mandate
from members.banking.rules.known import Debit, Known, Owed, Payer, Recorded
from members.banking.rules.lines import BankLine
from members.banking.rules.matching import CERTAIN, Match, Verdict, match_all
from members.banking.rules.words import found_in
from members.dues.references import creditor_reference

ANA, WEAVERS, LUIS = UUID(int=1), UUID(int=2), UUID(int=3)
ACCOUNT = "ES7921000813610123456789"
PAYERS = (
    Payer(ANA, "LEO-2026-0001", "Ana Ortiz Peña"),
    Payer(WEAVERS, "LEO-2026-0002", "Tejedoras de la Montaña, S. Coop."),
    Payer(LUIS, "LEO-2026-0003", "Luis Soto"),
)


def owed(number: str, member_id: UUID, amount: int, due: int = 1) -> Owed:
    return Owed(uuid4(), f"LEO-F-2026-{number}", member_id, amount, date(2026, 2, due))


FIRST, SECOND = owed("0001", ANA, 6000), owed("0002", ANA, 2500, due=15)
WOVEN, SOTO = owed("0042", WEAVERS, 12000), owed("0043", LUIS, 6000)
KNOWN = Known(
    owed=(FIRST, SECOND, WOVEN, SOTO), payers=PAYERS, accounts={ACCOUNT: frozenset({ANA})}, mandates={}, debits=()
)


def line(amount: int, text: str = "", **more: Any) -> BankLine:
    return BankLine(date(2026, 2, 10), amount, text, **more)


def match(one: BankLine, known: Known) -> Verdict:
    return match_all([one], known)[0]


def best(verdict: Verdict) -> Match:
    return verdict.matches[0]


def who(verdict: Verdict) -> tuple[UUID | None, tuple[UUID, ...], tuple[str, ...], bool]:
    found = best(verdict)
    return found.member_id, found.invoice_ids, found.reasons, verdict.certain


@pytest.mark.parametrize(
    "text",
    [
        "LEO-F-2026-0042",
        "factura leo f 2026 0042, gracias",
        "LEOF20260042",
        "Fra.LEO/F/2026/0042",
        "L E O - F - 2 0 2 6 - 0 0 4 2",
        creditor_reference("LEO-F-2026-0042"),
        "RF70 LEOF 2026 0042",
    ],
)
def test_an_invoice_number_is_found_however_it_is_spaced(text: str) -> None:
    assert who(match(line(12000, text), KNOWN)) == (WEAVERS, (WOVEN.id,), ("reference", "amount"), True)


@pytest.mark.parametrize("text", ["LEO-F-2026-00421", "LEO-F-2026-004", "LEO-F-2025-0042", "F-2026-0042", "0042"])
def test_another_number_is_not_taken_for_it(text: str) -> None:
    assert not any("reference" in found.reasons for found in match(line(12000, text), KNOWN).matches)


def test_a_structured_reference_with_wrong_check_digits_is_no_reference() -> None:
    assert not match(line(11111, reference="RF71LEOF20260042XX"), KNOWN).matches


def test_an_exact_reference_books_a_part_and_asks_about_too_much() -> None:
    assert who(match(line(5000, "LEO-F-2026-0042"), KNOWN)) == (WEAVERS, (WOVEN.id,), ("reference", "part"), True)
    assert who(match(line(13000, "LEO-F-2026-0042"), KNOWN)) == (
        WEAVERS,
        (WOVEN.id,),
        ("reference", "too_much"),
        False,
    )


def test_several_invoices_are_paid_by_one_transfer() -> None:
    both = match(line(8500, "LEO-F-2026-0001 y LEO-F-2026-0002"), KNOWN)
    assert who(both) == (ANA, (FIRST.id, SECOND.id), ("reference", "several"), True)
    untold = match(line(8500, counterparty_account=ACCOUNT), KNOWN)
    assert who(untold) == (ANA, (FIRST.id, SECOND.id), ("account", "several"), True)


def test_who_names_one_invoice_and_pays_all_that_is_open_pays_all() -> None:
    assert who(match(line(8500, "LEO-F-2026-0001"), KNOWN)) == (
        ANA,
        (FIRST.id, SECOND.id),
        ("reference", "several"),
        True,
    )


def test_references_of_two_members_are_put_before_the_treasurer() -> None:
    verdict = match(line(18000, "LEO-F-2026-0001 LEO-F-2026-0042"), KNOWN)
    assert not verdict.certain
    assert {found.member_id for found in verdict.matches} == {ANA, WEAVERS}


def test_a_known_account_and_the_right_amount_are_certain_another_amount_is_proposed() -> None:
    assert who(match(line(2500, counterparty_account="ES79 2100 0813 6101 2345 6789"), KNOWN)) == (
        ANA,
        (SECOND.id,),
        ("account", "amount"),
        True,
    )
    assert who(match(line(1000, counterparty_account=ACCOUNT), KNOWN)) == (ANA, (), ("account", "part"), False)


def test_an_account_from_which_two_members_paid_is_not_certain() -> None:
    shared = Known(KNOWN.owed, PAYERS, {ACCOUNT: frozenset({ANA, LUIS})})
    verdict = match(line(6000, counterparty_account=ACCOUNT), shared)
    assert (len(verdict.matches), verdict.certain) == (2, False)
    # The name tells which of the two it was, but a mistake there costs trust: the treasurer says so.
    named = match(line(6000, counterparty="LUIS SOTO", counterparty_account=ACCOUNT), shared)
    assert best(named).member_id == LUIS
    assert not named.certain


def test_a_mandates_account_tells_like_one_paid_from() -> None:
    known = Known(KNOWN.owed, PAYERS, {}, {ACCOUNT: frozenset({LUIS})})
    assert who(match(line(6000, counterparty_account=ACCOUNT), known)) == (
        LUIS,
        (SOTO.id,),
        ("mandate", "amount"),
        True,
    )


def test_a_member_number_tells_who_paid() -> None:
    assert who(match(line(6000, "cuota socio LEO 2026 0003"), KNOWN)) == (LUIS, (SOTO.id,), ("number", "amount"), True)


def test_a_name_with_the_right_amount_is_proposed_and_not_booked() -> None:
    verdict = match(line(12000, counterparty="TEJEDORAS DE LA MONTANA S COOP"), KNOWN)
    assert who(verdict) == (WEAVERS, (WOVEN.id,), ("name", "amount"), False)
    assert 0 < best(verdict).score < CERTAIN


def test_an_amount_alone_is_proposed_while_few_owe_it() -> None:
    assert who(match(line(12000, "pago"), KNOWN)) == (WEAVERS, (WOVEN.id,), ("amount",), False)
    assert {found.member_id for found in match(line(6000), KNOWN).matches} == {ANA, LUIS}
    crowd = Known(tuple(owed(f"1{n:03d}", UUID(int=100 + n), 6000) for n in range(4)))
    assert match(line(6000), crowd).matches == ()


def test_what_goes_out_or_fits_nothing_is_nobodys() -> None:
    assert match(line(-6000, "LEO-F-2026-0001"), KNOWN).matches == ()
    assert match(line(77, "intereses"), KNOWN).matches == ()


def debit(number: int = 1, state: ItemState = "collecting", **more: Any) -> Debit:
    return Debit(uuid4(), "LEO-D-2026-0001", f"LEO-D-2026-0001-{number}", "B-FRST", ANA, 6000, state, **more)


def test_a_direct_debit_is_known_by_its_end_to_end_id_both_ways() -> None:
    item = debit()
    known = Known(debits=(item,))
    collected = match(line(6000, end_to_end_id="LEO-D-2026-0001-1"), known)
    assert (best(collected).items, best(collected).reasons, collected.certain) == ((item.item_id,), ("debit",), True)
    paid = Known(debits=(debit(state="paid", told=True),))
    returned = match(line(-6000, end_to_end_id="leo-d-2026-0001-1", return_reason="AM04"), paid)
    assert (best(returned).reasons, returned.certain) == (("returned",), True)
    # Neither twice nor with another amount.
    assert match(line(6000, end_to_end_id="LEO-D-2026-0001-1"), paid).matches == ()
    assert match(line(5999, end_to_end_id="LEO-D-2026-0001-1"), known).matches == ()
    assert match(line(-6000, end_to_end_id="LEO-D-2026-0001-1"), known).matches == ()
    told = Known(debits=(debit(state="returned", told=True, return_told=True),))
    assert match(line(-6000, end_to_end_id="LEO-D-2026-0001-1"), told).matches == ()


def test_a_debit_that_was_settled_by_hand_is_told_by_its_line_afterwards() -> None:
    assert match(line(6000, end_to_end_id="LEO-D-2026-0001-1"), Known(debits=(debit(state="paid"),))).certain


@pytest.mark.parametrize("told", [{"batch": "B-FRST"}, {"text": "ABONO ADEUDOS LEO D 2026 0001"}])
def test_a_whole_batch_is_known_by_its_name_and_its_sum(told: dict[str, str]) -> None:
    items = (debit(1), debit(2), debit(3, "paid", told=True))
    verdict = match(line(12000, **{"text": "", **told}), Known(debits=items))
    assert (best(verdict).items, verdict.certain) == (tuple(one.item_id for one in items[:2]), True)
    assert match(line(18000, **{"text": "", **told}), Known(debits=items)).matches == ()


def test_what_is_collected_and_comes_back_in_one_file_is_both() -> None:
    lines = [line(6000, end_to_end_id="LEO-D-2026-0001-1"), line(-6000, end_to_end_id="LEO-D-2026-0001-1")]
    found = match_all([*lines, *lines], Known(debits=(debit(),)))
    assert [verdict.matches[0].reasons if verdict.matches else () for verdict in found] == [
        ("debit",),
        ("returned",),
        (),
        (),
    ]


def test_what_was_recorded_by_hand_is_proposed_and_never_booked_again() -> None:
    made = Recorded(uuid4(), WEAVERS, 12000, date(2026, 2, 6), ("LEO-F-2026-0042",))
    by_hand = Known((), PAYERS, recorded=(made,))
    told = match(line(12000, "LEO-F-2026-0042"), by_hand)
    assert (best(told).transfer_id, best(told).reasons, told.certain) == (
        made.transfer_id,
        ("recorded", "reference"),
        False,
    )
    # The same money again, or another invoice of the same amount? The treasurer says.
    open_too = Known(KNOWN.owed, PAYERS, recorded=(made,))
    both = match(line(12000, "LEO-F-2026-0042 LEO-2026-0002"), open_too)
    assert (both.matches[0].transfer_id, both.certain) == (made.transfer_id, False)
    assert len(both.matches) == 2
    # Nothing of it for another day or amount, and no word against who paid for another reason.
    assert match(BankLine(date(2026, 2, 17), 12000, "otra"), by_hand).matches == ()
    assert match(line(12001, "LEO-F-2026-0042"), by_hand).matches == ()
    same = Recorded(uuid4(), LUIS, 6000, date(2026, 2, 10))
    assert match(line(6000, "LEO-F-2026-0001"), Known(KNOWN.owed, PAYERS, recorded=(same,))).certain


def test_more_than_is_open_is_never_certain() -> None:
    known = Known((), PAYERS, {ACCOUNT: frozenset({ANA})})
    verdict = match(line(6000, "LEO-2026-0001", counterparty="Ana Ortiz Pena", counterparty_account=ACCOUNT), known)
    assert best(verdict).score >= CERTAIN
    assert not verdict.certain


def test_what_one_line_pays_is_not_open_for_the_next() -> None:
    twice = match_all([line(12000, "LEO-F-2026-0042"), line(12000, "LEO-F-2026-0042")], KNOWN)
    assert [verdict.certain for verdict in twice] == [True, False]
    parts = match_all([line(6000, "LEO-F-2026-0042"), line(6000, "LEO-F-2026-0042")], KNOWN)
    assert [who(verdict)[2] for verdict in parts] == [("reference", "part"), ("reference", "amount")]


@given(
    st.lists(
        st.builds(
            line,
            st.integers(-20000, 20000),
            st.sampled_from(["", "LEO-F-2026-0001", "LEO-F-2026-0002 Ana Ortiz Peña", "LEO-2026-0003", "otra cosa"]),
            counterparty=st.sampled_from(["", "Luis Soto", "ANA ORTIZ PENA"]),
            counterparty_account=st.sampled_from(["", ACCOUNT]),
        ),
        max_size=12,
    )
)
def test_certain_matches_name_one_member_and_only_its_invoices(lines: list[BankLine]) -> None:
    members = {one.id: one.member_id for one in KNOWN.owed}
    for one, verdict in zip(lines, match_all(lines, KNOWN), strict=True):
        assert len(verdict.matches) <= 3
        assert [found.score for found in verdict.matches] == sorted(
            (found.score for found in verdict.matches), reverse=True
        )
        if verdict.certain:
            assert best(verdict).score >= CERTAIN
            assert one.amount > 0
        for found in verdict.matches:
            assert found.reasons
            assert {members[invoice] for invoice in found.invoice_ids} <= {found.member_id}


def test_a_reference_inside_a_longer_one_is_not_found_twice() -> None:
    assert found_in("LEO-F-2026-0042", {"LEOF20260042": 1, "20260042": 1}) == ["LEOF20260042"]


@pytest.mark.parametrize(
    ("year", "sunday"), [(2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2027, (3, 28)), (2038, (4, 25))]
)
def test_easter_is_when_it_is(year: int, sunday: tuple[int, int]) -> None:
    assert easter(year) == date(year, *sunday)


def test_target_is_closed_on_six_holidays_and_weekends_and_on_no_national_ones() -> None:
    closed = [(1, 1), (4, 3), (4, 6), (5, 1), (12, 25), (12, 26), (2, 14), (2, 15)]
    assert not any(is_target_day(date(2026, *day)) for day in closed)
    opened = [(1, 6), (4, 2), (4, 7), (10, 12), (12, 24), (12, 31)]
    assert all(is_target_day(date(2026, *day)) for day in opened)
    assert sum(is_target_day(date(2026, 1, 1) + timedelta(days=n)) for n in range(365)) == 256
    assert next_target_day(date(2026, 4, 3)) == date(2026, 4, 7)
    assert target_days_after(date(2026, 4, 1), 2) == date(2026, 4, 7)


def test_a_collection_waits_for_the_bank_and_for_the_member_who_is_told() -> None:
    today = date(2026, 3, 2)
    assert debits.earliest_collection(today, lead_days=2, notice_days=0) == date(2026, 3, 4)
    assert debits.earliest_collection(today, lead_days=2, notice_days=14) == date(2026, 3, 16)
    debits.check_collect_on(date(2026, 3, 16), today, lead_days=2, notice_days=14)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 4, 3), "not_a_target_day"),
        (date(2026, 3, 14), "not_a_target_day"),
        (date(2026, 3, 13), "collect_too_soon"),
        (date(2026, 2, 27), "collect_too_soon"),
        (date(2026, 6, 3), "collect_too_late"),
    ],
)
def test_a_day_that_will_not_do_is_refused_with_one_that_will(day: date, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        debits.check_collect_on(day, date(2026, 3, 2), lead_days=2, notice_days=14)
    assert (caught.value.code, caught.value.field) == (code, "/collect_on")
    assert any(value.startswith("2026-") for value in caught.value.params.values() if isinstance(value, str))


def mandate(**changes: Any) -> Mandate:
    usual: dict[str, Any] = {"use": "recurrent", "signed_on": date(2025, 1, 10)}
    return Mandate(uuid4(), ANA, "LEO-2026-0001-1", ACCOUNT, "", "Ana Ortiz", **(usual | changes))


def test_the_sequence_follows_from_what_was_collected() -> None:
    assert mandate().sequence() == "FRST"
    assert mandate(used=1).sequence() == "RCUR"
    assert mandate(used=3, final=True).sequence() == "FNAL"
    assert mandate(use="one_off").sequence() == "OOFF"
    with pytest.raises(Conflict):
        mandate(use="one_off", used=1).sequence()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"revoked_on": date(2026, 3, 1)}, "mandate_revoked"),
        ({"revoked_on": date(2026, 3, 2)}, "mandate_revoked"),
        ({"revoked_on": date(2026, 3, 3)}, None),
        ({"signed_on": date(2026, 3, 3)}, "mandate_not_signed_yet"),
        ({"use": "one_off", "used": 1}, "mandate_used_up"),
        ({"signed_on": date(2023, 3, 2)}, "mandate_lapsed"),
        ({"signed_on": date(2020, 1, 1), "last_used_on": date(2023, 3, 3)}, None),
        ({"signed_on": date(2020, 1, 1), "last_used_on": date(2023, 3, 2)}, "mandate_lapsed"),
    ],
)
def test_a_mandate_that_is_over_collects_nothing(changes: dict[str, Any], why: str | None) -> None:
    assert mandate(**changes).why_not(date(2026, 3, 2)) == why


@pytest.mark.parametrize("text", ["", " ", "x" * 36, "ñ", "/a", "a//b", "a_b"])
def test_a_mandate_reference_has_only_letters_that_banks_carry(text: str) -> None:
    with pytest.raises(Invalid):
        debits.mandate_reference(text)
    assert debits.mandate_reference(" LEO-2026-0001/1 ") == "LEO-2026-0001/1"


def test_account_numbers_are_checked_as_their_country_makes_them() -> None:
    assert accounts.account_number("es91 2100 0418 4502 0005 1332", "ES", "/number") == "ES9121000418450200051332"
    assert accounts.account_number("032180000118359719", "MX", "/number") == "032180000118359719"
    assert accounts.account_number("2200-123456", "EC", "/number") == "2200123456"
    for text, country, code in [
        ("ES91 2100 0418 4502 0005 1333", "ES", "iban_invalid"),
        ("ES9121000418", "ES", "iban_invalid"),
        ("032180000118359718", "MX", "clabe_invalid"),
        ("12", "EC", "account_number_invalid"),
        ("22_00", "EC", "account_number_invalid"),
    ]:
        with pytest.raises(Invalid) as caught:
            accounts.account_number(text, country, "/number")
        assert (caught.value.code, caught.value.field) == (code, "/number")


def test_creditor_identifiers_and_bics_are_checked() -> None:
    assert accounts.creditor_id("ES23ZZZ47690558N", "/x") == "ES23ZZZ47690558N"
    assert accounts.bic("caixesbbxxx", "/x") == "CAIXESBBXXX"
    for check, text in [(accounts.creditor_id, "ES24ZZZ47690558N"), (accounts.bic, "CAIXES")]:
        with pytest.raises(Invalid):
            check(text, "/x")


def test_a_masked_number_gives_nobody_the_number() -> None:
    assert accounts.masked(ACCOUNT) == "ES79 •••• 6789"
    assert accounts.masked("12345678") == "•••• 5678"


def test_a_statement_of_the_national_number_is_of_our_account() -> None:
    assert accounts.same_account("ES9121000418450200051332", "ES91 2100 0418 4502 0005 1332")
    assert accounts.same_account("ES9121000418450200051332", "21000418450200051332")
    assert not accounts.same_account("ES9121000418450200051332", "ES7921000813610123456789")
    assert not accounts.same_account("ES9121000418450200051332", "1332")
    assert not accounts.same_account("ES9121000418450200051332", "")
