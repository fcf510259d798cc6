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
from members.membership.rules.particulars import Address, Representative, plain_name
from members.membership.rules.people import (
    MemberRecord,
    Sought,
    may_order,
    number,
    number_series,
    offers,
    place_in_series,
)

__all__ = [
    "BELONGING",
    "Address",
    "FactKind",
    "MemberRecord",
    "Obligation",
    "Representative",
    "Sought",
    "Standing",
    "StandingFact",
    "check_sequence",
    "counting",
    "day_begins",
    "may_order",
    "number",
    "number_series",
    "offers",
    "place_in_series",
    "plain_name",
    "standing",
    "takes_effect",
]
