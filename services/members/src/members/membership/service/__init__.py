"""Use cases of belonging: what other rooms may ask of this one."""

from members.membership.service.acting import ActingTrace, act_for, acting_users, has_stopped, stop_acting
from members.membership.service.admission import admit
from members.membership.service.applying import Application, apply, apply_again, withdraw
from members.membership.service.particulars import ChangeTrace, change, changes
from members.membership.service.reading import (
    LARGEST_EXPORT,
    REGISTRARS,
    Details,
    FactTrace,
    belongings,
    check_exportable,
    check_visible,
    details,
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
    "LARGEST_EXPORT",
    "REGISTRARS",
    "ActingTrace",
    "Application",
    "ChangeTrace",
    "Details",
    "FactTrace",
    "Owed",
    "act_for",
    "acting_users",
    "admit",
    "apply",
    "apply_again",
    "belongings",
    "change",
    "changes",
    "check_exportable",
    "check_visible",
    "cleared",
    "details",
    "everybody",
    "follow",
    "happen",
    "has_stopped",
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
    "withdraw",
]
