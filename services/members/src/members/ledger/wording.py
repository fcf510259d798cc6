"""A statement in words: what people read instead of codes."""

from collections.abc import Callable, Iterable, Mapping

from kit.sheets import write_csv
from members.ledger.service import Entry

#: Makes a text of the reader's language out of an English one.
type Tell = Callable[[str], str]

#: What an entry comes from, whichever room or piece booked it.
CAUSES: Mapping[str, str] = {
    "contribution": "Contribution",
    "deposit": "Paid in",
    "difference": "Rounding",
    "dues": "Dues",
    "exchange": "Payment between members",
    "fee": "Fee",
    "fund": "Community fund",
    "loan": "Loan",
    "order": "Order",
    "payable": "Sale",
    "payment": "Payment",
    "reversal": "Correction",
    "share": "Share capital",
    "spending": "Spending",
    "subsidy": "Subsidy",
}
COLUMNS = ("Date", "What for", "Details", "With", "Currency", "Amount", "Balance", "Transfer")


def cause_in_words(cause: str, tell: Tell) -> str:
    """A cause that nobody gave words to is shown as it is written."""
    return tell(CAUSES.get(cause, cause))


def as_csv(entries: Iterable[Entry], tell: Tell) -> bytes:
    """A statement to open in a spreadsheet, in the reader's language."""
    rows = [
        (
            entry.booked_on.isoformat(),
            cause_in_words(entry.cause, tell),
            entry.text,
            entry.counterparty_name or entry.counterparty.removeprefix("network:"),
            entry.amount.currency,
            str(entry.amount.amount),
            str(entry.balance.amount),
            str(entry.transfer_id),
        )
        for entry in entries
    ]
    return write_csv([tell(column) for column in COLUMNS], rows)
