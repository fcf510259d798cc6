"""What is true of members without a database, a clock or a network."""

from members.membership.rules.history import (
    BELONGING,
    FactKind,
    Obligation,
    Standing,
    StandingFact,
    check_sequence,
    counting,
    day_begins,
    standing,
    takes_effect,
)
from members.membership.rules.people import (
    MemberRecord,
    may_order,
    number,
    number_series,
    offers,
    plain_name,
)

__all__ = [
    "BELONGING",
    "FactKind",
    "MemberRecord",
    "Obligation",
    "Standing",
    "StandingFact",
    "check_sequence",
    "counting",
    "day_begins",
    "may_order",
    "number",
    "number_series",
    "offers",
    "plain_name",
    "standing",
    "takes_effect",
]
