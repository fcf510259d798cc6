"""What the database refuses to book, said as kinds of errors: a caller that asked first meets it only in a race."""

from sqlalchemy.exc import IntegrityError

from kit.errors import Conflict


def refusal(error: IntegrityError) -> Conflict | None:
    """None for a refusal that is a mistake of ours."""
    constraint = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
    if constraint == "ck_accounts_within_limit":
        return Conflict("not_enough_funds", "There is not enough on an account that this takes from")
    if constraint == "ck_accounts_within_ceiling":
        return Conflict("payee_limit", "An account that this pays into would have more than it may")
    if constraint == "period_closed":
        return Conflict("period_closed", "The books were closed for that date just now")
    return None
