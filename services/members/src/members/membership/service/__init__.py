"""Use cases of belonging: what other rooms may ask of this one."""

from members.membership.service.acting import ActingTrace, act_for, acting_users, stop_acting
from members.membership.service.applying import Application, apply
from members.membership.service.reading import (
    REGISTRARS,
    FactTrace,
    belongings,
    check_visible,
    everybody,
    history,
    next_in_series,
    page,
    record,
    standings,
    visible,
)
from members.membership.service.standing import Owed, cleared, follow, happen, owe, owe_all, redate, revoke, tell

__all__ = [
    "REGISTRARS",
    "ActingTrace",
    "Application",
    "FactTrace",
    "Owed",
    "act_for",
    "acting_users",
    "apply",
    "belongings",
    "check_visible",
    "cleared",
    "everybody",
    "follow",
    "happen",
    "history",
    "next_in_series",
    "owe",
    "owe_all",
    "page",
    "record",
    "redate",
    "revoke",
    "standings",
    "stop_acting",
    "tell",
    "visible",
]
