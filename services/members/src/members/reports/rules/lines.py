"""In which line of the report each account of the ledger is: every account in one, whoever opened it."""

from typing import Literal

from members.income.rules import USES

Section = Literal["means", "income", "uses", "apart"]
Chart = Literal["income", "uses"]

#: Where money lies.
MEANS = ("bank", "cash")
#: Income, in the order of the report: a line's code, the accounts in it, its name.
INCOME: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("dues", ("dues",), "Dues"),
    ("contributions", ("contributions",), "Voluntary contributions"),
    ("subsidies", ("subsidies",), "Subsidies"),
    ("fees", ("fees", "difference"), "Fees for what was sold"),
)
#: What comes and goes without being income.
APART: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("shares", ("shares",), "Share capital"),
    ("fund", ("fund", "fund-income"), "Community fund"),
    ("sales", ("sales",), "Sold, on its way to the producers"),
    ("deposits", ("deposits",), "Deposits on containers"),
    ("writeoff", ("writeoff",), "Debts waived and balances given up"),
)
#: Lines that are there whether anything was booked or not: an assembly asks about them.
ALWAYS = ("dues", "contributions", "subsidies")
MEMBERS = "members"
OTHER = "other"

#: What else the report says, each in every language.
TITLES = {
    MEMBERS: "Members' accounts",
    OTHER: "Other",
    "public": "Public subsidies",
    "private": "Private subsidies",
    "by_hand": "Invoices written by hand",
    "unassigned": "Booked past the register",
    "income": "Income by source",
    "uses": "Uses by purpose",
}

_LINE_OF: dict[str, tuple[Section, str]] = {
    **{account: ("means", account) for account in MEANS},
    **{account: ("income", code) for code, accounts, _ in INCOME for account in accounts},
    **{account: ("apart", code) for code, accounts, _ in APART for account in accounts},
}
TEXTS: dict[str, str] = {code: text for code, _, text in (*INCOME, *APART)} | TITLES


def line_of(account: str) -> tuple[Section, str]:
    """The section and the line of a network's account; what nobody foresaw is its own line, ``other:<account>``."""
    if account in _LINE_OF:
        return _LINE_OF[account]
    if account.startswith(USES):
        return "uses", account.removeprefix(USES)
    return "apart", f"{OTHER}:{account}"
