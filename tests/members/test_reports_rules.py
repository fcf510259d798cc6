"""A report out of any books: every account in one line, and what comes out is what the ledger has."""

from collections import Counter
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from kit.language import LANGUAGES, Texts
from members.income.rules import Expected, Purpose
from members.ledger.rules import AccountTotal
from members.reports.rules import building, lines
from members.reports.rules.building import Books, DuesTotals, Frame
from members.reports.rules.document import TransparencyReport

FRAME = Frame("Cooperactivas", "EUR", date(2026, 1, 1), date(2026, 12, 31), datetime(2027, 1, 3, tzinfo=UTC))
TEXTS = Texts(["members"])
ACCOUNTS = (
    "bank", "cash", "dues", "contributions", "subsidies", "fees", "difference", "shares", "fund", "fund-income",
    "sales", "deposits", "uses-training", "uses-gone", "writeoff", "raffle",
)  # fmt: skip
amounts = st.integers(min_value=0, max_value=10**9)


def say(text: str) -> dict[str, str]:
    return {language: TEXTS.say(language, text) for language in LANGUAGES}


@st.composite
def books(draw: st.DrawFn) -> Books:
    """Any bookings between the network's accounts and members': before these days, and in them."""
    opening: Counter[str] = Counter()
    came_in: Counter[str] = Counter()
    went_out: Counter[str] = Counter()
    sides = st.sampled_from((*ACCOUNTS, "member"))
    for debit, credit, amount, before in draw(st.lists(st.tuples(sides, sides, amounts, st.booleans()), max_size=40)):
        if before:
            opening[debit] -= amount
            opening[credit] += amount
        else:
            went_out[debit] += amount
            came_in[credit] += amount
    touched = {*opening, *came_in, *went_out} - {"member"}
    return Books(
        totals=[
            AccountTotal(
                name, "EUR", opening[name], came_in[name], went_out[name],
                opening[name] + came_in[name] - went_out[name],
            )
            for name in sorted(touched)
        ],
        members_in=came_in["member"],
        members_out=went_out["member"],
        dues=[DuesTotals("by_hand", "By hand", {}, 0, 0)],
        shares_expected=0,
        expected=Expected(0, 0, 0),
        subsidies=[],
        unspent_subsidies=0,
        unspent_earmarked=0,
        purposes={"training": Purpose("training", {"es": "Formación", "en": "Training"}, True, 1)},
    )  # fmt: skip


def net(found: Books, account: str) -> int:
    return sum(one.came_in - one.went_out for one in found.totals if one.name == account)


@given(books())
def test_whatever_was_booked_the_report_is_the_ledger(found: Books) -> None:
    report = building.report(FRAME, found, say)
    proof = report.reconciliation
    assert (proof.difference.minor, proof.holds) == (0, True)
    assert report.opening.total.minor + proof.income.minor + proof.apart.minor - proof.used.minor == (
        report.closing.total.minor
    )
    assert report.closing.bank.minor == -sum(one.closing for one in found.totals if one.name == "bank")
    in_lines = Counter(account for line in (*report.income, *report.apart) for account in line.accounts)
    in_lines.update(account for use in report.uses for account in use.accounts)
    assert in_lines == Counter(one.name for one in found.totals if one.name not in lines.MEANS)
    for line in (*report.income, *report.apart):
        if line.accounts:
            assert line.received.minor == sum(net(found, account) for account in line.accounts)
    for use in report.uses:
        assert use.used.minor == -net(found, use.accounts[0])
    codes = [line.source for line in (*report.income, *report.apart)] + [use.purpose for use in report.uses]
    shown = {one.account: one.line for one in proof.accounts}
    assert {line for account, line in shown.items() if account not in lines.MEANS} <= set(codes)


@given(books())
def test_a_report_reads_back_as_it_was_written(found: Books) -> None:
    report = building.report(FRAME, found, say)
    assert TransparencyReport.model_validate_json(report.model_dump_json()) == report


@given(books())
def test_a_wrong_sum_of_the_members_accounts_is_seen(found: Books) -> None:
    wrong = Books(**{**vars(found), "members_in": found.members_in + 1})
    proof = building.report(FRAME, wrong, say).reconciliation
    assert (proof.difference.minor, proof.holds) == (1, False)


@given(st.lists(st.integers(min_value=1, max_value=10**12), max_size=30))
def test_the_bars_shares_are_a_hundred_together(amounts: list[int]) -> None:
    shares = building.per_mille(amounts)
    assert sum(shares) == (1000 if amounts else 0)
    assert all(abs(share - 1000 * amount / sum(amounts)) < 1 for share, amount in zip(shares, amounts, strict=True))


def test_every_line_has_its_name_in_spanish() -> None:
    assert {text for text in lines.TEXTS.values() if TEXTS.say("es", text) == text} == set()
