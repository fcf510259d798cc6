"""What others are told of loans: the application is its first version; it ends withdrawn or with the money handed over, its second."""

from datetime import date
from uuid import UUID

from contracts.members import LoanApplied, LoanDisbursed, LoanWithdrawn
from contracts.values import Money

APPLIED, ENDED = 1, 2


def applied(loan_id: UUID, member_id: UUID, amount: Money, purpose: str) -> LoanApplied:
    return LoanApplied(loan_id=loan_id, member_id=member_id, amount=amount, purpose=purpose)


def withdrawn(loan_id: UUID) -> LoanWithdrawn:
    return LoanWithdrawn(loan_id=loan_id)


def disbursed(loan_id: UUID, amount: Money, on: date) -> LoanDisbursed:
    """Without a name: it is for what the network gave in a year."""
    return LoanDisbursed(loan_id=loan_id, amount=amount, disbursed_on=on)
