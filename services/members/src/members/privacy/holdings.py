"""Where this service keeps what is about a member: every table is here, or below with the reason why not."""

from typing import Any

from sqlalchemy import ScalarSelect, Select, Table, or_, select

from kit.personal import MEMBER, Holding
from members.tables import METADATA

#: They open doors; and a file that went to the bank has the other members in it, too.
_SECRETS = frozenset({"file", "password_hash", "salt", "current_hash", "previous_hash", "secret_hash", "code_hash"})

type _Ids = Select[*tuple[Any, ...]]


def _table(name: str) -> Table:
    return METADATA.tables[name]


def _where(name: str, column: str, ids: _Ids | None = None) -> Holding:
    """The table's rows of this member, or of those ids; without secrets, in the order of its key."""
    table = _table(name)
    shown = [found for found in table.columns if found.name not in _SECRETS]
    condition = table.c[column] == MEMBER if ids is None else table.c[column].in_(ids)
    return Holding(name, select(*shown).where(condition).order_by(*table.primary_key.columns))


def _own(name: str, column: str = "member_id") -> Holding:
    return _where(name, column)


def _ids(name: str, column: str = "member_id", key: str = "id") -> _Ids:
    table = _table(name)
    return select(table.c[key]).where(table.c[column] == MEMBER)


def _under(name: str, column: str, ids: _Ids, key: str = "id") -> _Ids:
    table = _table(name)
    return select(table.c[key]).where(table.c[column].in_(ids))


_acting = _table("acting")
#: Those who act for the member now.
_USERS = select(_acting.c.user_id).where(_acting.c.member_id == MEMBER, _acting.c.ended_at.is_(None))
_others = _acting.alias()
#: Those of them who act for nobody else: what they did when they signed in is theirs alone.
USERS_ALONE = _USERS.where(
    ~select(_others.c.id)
    .where(_others.c.user_id == _acting.c.user_id, _others.c.member_id != MEMBER, _others.c.ended_at.is_(None))
    .exists()
)
_ACCOUNTS = _ids("accounts")
_INVOICES = _ids("invoices")
_PAYMENTS = _ids("payments")
_LOANS = _ids("loans")
_SCHEDULES = _under("loan_schedules", "loan_id", _LOANS)
_LOAN_PAYMENTS = _under("loan_payments", "loan_id", _LOANS)
_CONTRIBUTIONS = _ids("contributions")
_transfers = _table("transfers")
_ADDRESS: ScalarSelect[str] = (
    select(_table("members").c.email).where(_table("members").c.id == MEMBER).scalar_subquery()
)

HOLDINGS = (
    _own("members", "id"),
    _own("member_numbers"),
    _own("member_changes"),
    _own("enrolments"),
    _own("acting"),
    _where("users", "id", _USERS),
    _where("external_subjects", "user_id", _USERS),
    _where("role_grants", "user_id", _USERS),
    _where("sessions", "user_id", USERS_ALONE),
    _where("tickets", "user_id", USERS_ALONE),
    _own("invitations"),
    _where("invitation_uses", "used_by", USERS_ALONE),
    Holding("letters", select(_table("letters")).where(_table("letters").c.recipient == _ADDRESS)),
    _own("standing_facts"),
    _own("erasures"),
    _own("departure_agreements"),
    _own("departures"),
    _own("obligations"),
    _own("accounts"),
    _where("account_days", "account_id", _ACCOUNTS),
    _where("limit_changes", "account_id", _ACCOUNTS),
    Holding(
        "transfers",
        select(_transfers)
        .where(or_(_transfers.c.debit_id.in_(_ACCOUNTS), _transfers.c.credit_id.in_(_ACCOUNTS)))
        .order_by(_transfers.c.made_at, _transfers.c.id),
    ),
    _where("entries", "account_id", _ACCOUNTS),
    _own("payment_requests", "payer_id"),
    Holding(
        "payment_requests_made",
        select(_table("payment_requests")).where(_table("payment_requests").c.payee_id == MEMBER),
    ),
    _own("dues_choices"),
    _own("dues_exemptions"),
    _own("dues_billings"),
    _own("invoices"),
    _where("credit_notes", "invoice_id", _INVOICES),
    _where("invoice_letters", "invoice_id", _INVOICES),
    _own("payments"),
    _where("payment_reversals", "payment_id", _PAYMENTS),
    _where("allocations", "invoice_id", _INVOICES),
    _own("sepa_mandates"),
    _own("direct_debit_items"),
    _where("direct_debit_invoices", "item_id", _ids("direct_debit_items")),
    _own("bank_lines"),
    _where("bank_line_facts", "line_id", _ids("bank_lines")),
    _own("contributions"),
    _where("receipts", "contribution_id", _CONTRIBUTIONS),
    _where("share_operations", "id", _ids("share_entries", key="operation_id")),
    _own("share_entries"),
    _own("share_holdings"),
    _own("loans"),
    _where("loan_facts", "loan_id", _LOANS),
    _where("loan_schedules", "loan_id", _LOANS),
    _where("loan_instalments", "schedule_id", _SCHEDULES),
    _where("loan_payments", "loan_id", _LOANS),
    _where("loan_payment_parts", "payment_id", _LOAN_PAYMENTS),
    _where("loan_payment_reversals", "payment_id", _LOAN_PAYMENTS),
    _where("loan_votes", "by", USERS_ALONE),
    _own("loan_guarantors"),
    _own("loan_guarantor_answers"),
    _own("fund_movements"),
    _own("fund_notices"),
    _where("fund_notice_ends", "notice_id", _ids("fund_notices")),
    _own("proposals", "proposed_by"),
    _own("electoral_roll"),
    _own("ballots"),
    _own("voted_secretly"),
    _own("delegations"),
    _own("representations"),
    _own("proposal_signatures"),
    _own("proposal_letters"),
)

#: Tables without a word about a member, and why.
NOBODYS = {
    "application_forms": "what the network asks of a kind of member",
    "counters": "the last number given in a series",
    "signing_keys": "keys of the network",
    "sign_in_attempts": "hashes of names that were typed, forgotten within the hour",
    "default_limits": "limits of a kind of member",
    "closings": "until when the books are closed",
    "dues_plans": "what kinds of members are asked",
    "dues_plan_kinds": "what kinds of members are asked",
    "dues_prices": "what kinds of members are asked",
    "share_values": "what a share costs",
    "bank_accounts": "the network's own",
    "bank_statements": "the network's own; whose each line is, is told with the line",
    "direct_debits": "a collection from many; what was collected from a member is told with its items",
    "purposes": "what money is used for",
    "subsidies": "what grantors gave the network",
    "subsidy_conditions": "what grantors ask of the network",
    "subsidy_instalments": "what grantors gave the network",
    "subsidy_reminders": "deadlines of the network",
    "condition_facts": "what the network did for a grantor",
    "spendings": "what the network paid to those outside",
    "published_reports": "sums without names",
    "fund_terms": "rules of the fund",
    "loan_reminders": "which instalments were reminded of; the letters are told",
    "ballot_box": "nobody can tell whose",
    "counted_ballots": "nobody can tell whose",
}
