"""When a member's person may be taken out of the books, and until when papers keep a name."""

from collections.abc import Mapping
from datetime import date

from contracts.members import MemberStatus
from kit.errors import Conflict
from members.membership.rules.history import OUTSIDE


def check_erasable(status: MemberStatus, open_things: Mapping[str, int]) -> None:
    """Raises Conflict while somebody belongs or asks to, and while anything is to be settled with them: the network
    could not reach them any more."""
    if status not in OUTSIDE:
        raise Conflict(
            "still_a_member",
            "The membership has to end before its person can be erased; its status is {status}",
            status=status,
            extra={"standing": status},
        )
    unsettled = {what: count for what, count in open_things.items() if count}
    if unsettled:
        raise Conflict(
            "not_settled",
            "Something is still to be settled with this member: {what}",
            what=", ".join(sorted(unsettled)),
            extra={"open": unsettled},
        )


def papers_kept_since(today: date, years: int) -> date:
    """The first day of whose papers the law still wants the names: that of the year so many years ago.

    Tax papers are kept by whole years: in Spain six (Código de Comercio, art. 30), in Mexico five (CFF, art. 30), in
    Ecuador seven (Código Tributario, art. 55).
    """
    return date(today.year - years, 1, 1)
