"""What makes an e-mail address, a password and a role acceptable."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.errors import Conflict, Invalid

#: Roles that somebody grants. ``member`` and ``producer`` follow from membership and are granted by nobody.
GRANTABLE = ("coordinator", "treasurer", "advisor", "steward", "admin")

SHORTEST_PASSWORD = 8
#: Longer ones only make the hash work (OWASP Authentication Cheat Sheet).
LONGEST_PASSWORD = 128
LONGEST_EMAIL = 254

_EMAIL = re.compile(r"[^\s@<>(),;:\\\"\[\]]{1,64}@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]")


@dataclass(frozen=True)
class RoleGrant:
    """A role given (or taken back, when ``granted`` is false) at an instant."""

    role: str
    granted: bool
    at: datetime


def email_address(text: str, field: str = "/email") -> str:
    """The address as it is kept: trimmed, in one Unicode form. Raises Invalid.

    Whether a mailbox is there, only a letter to it can tell; this catches slips of the finger.
    """
    address = unicodedata.normalize("NFC", text.strip())
    if len(address) > LONGEST_EMAIL or not address.isprintable() or ".." in address or not _EMAIL.fullmatch(address):
        raise Invalid("email_invalid", "This is not an e-mail address, such as ana@example.org", field=field)
    return address


def email_key(address: str) -> str:
    """What two spellings of one address have in common: capital letters make no other mailbox."""
    return unicodedata.normalize("NFC", address.strip()).lower()


def check_password(password: str, email: str, field: str = "/password") -> None:
    """Raises Invalid for a password that is too short, too long, or the address itself."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid("password_too_short", "At least {shortest} characters", field=field, shortest=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise Invalid("password_too_long", "At most {longest} characters", field=field, longest=LONGEST_PASSWORD)
    if email_key(password) == email_key(email):
        raise Invalid("password_is_email", "The password can't be the e-mail address", field=field)


def current_roles(grants: Iterable[RoleGrant]) -> frozenset[str]:
    """The roles held after all of these grants, given in the order in which they were made."""
    held: dict[str, bool] = {}
    for grant in grants:
        held[grant.role] = grant.granted
    return frozenset(role for role, granted in held.items() if granted)


def role_changes(current: frozenset[str], wanted: Sequence[str], now: datetime) -> list[RoleGrant]:
    """What must be granted and withdrawn so that ``wanted`` are the roles. Raises Invalid for a role nobody grants."""
    for place, role in enumerate(wanted):
        if role not in GRANTABLE:
            known = ", ".join(GRANTABLE)
            raise Invalid(
                "role_unknown", "Not a role to grant; there are {known}", field=f"/roles/{place}", known=known
            )
    return [RoleGrant(role, True, now) for role in sorted(set(wanted) - current)] + [
        RoleGrant(role, False, now) for role in sorted(current - set(wanted))
    ]


def check_admin_remains(changes: Sequence[RoleGrant], other_admins: int) -> None:
    """Raises Conflict if these changes would leave the network without an administrator."""
    if other_admins == 0 and any(change.role == "admin" and not change.granted for change in changes):
        raise Conflict("last_admin", "The network would be left without an administrator; name another one first")
