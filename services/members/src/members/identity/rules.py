"""What makes an e-mail address, a password and a role acceptable; how long secrets last and guessers wait."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from kit.errors import Conflict, Invalid
from members.identity import phones
from members.identity.known_passwords import is_common, is_word_of

#: Roles that somebody grants. ``member`` and ``producer`` follow from membership and are granted by nobody.
GRANTABLE = ("coordinator", "treasurer", "advisor", "steward", "admin")

SHORTEST_PASSWORD = 8
#: Longer ones only make the hash work (OWASP Authentication Cheat Sheet).
LONGEST_PASSWORD = 128
LONGEST_EMAIL = 254

#: What a secret that is sent to an address is good for: signing in once, a new password, a new address, acting for a
#: member that somebody applied for with the address.
Purpose = Literal["code", "reset", "email", "join"]
LIFE: dict[Purpose, timedelta] = {
    "code": timedelta(minutes=10),
    "reset": timedelta(hours=1),
    "email": timedelta(days=1),
    "join": timedelta(days=14),
}
#: Wrong guesses after which a code is good for nothing: five in a million.
MOST_TRIES = 5

#: Attempts that may fail before the next has to wait: from one address, and from all addresses together.
FREE_ATTEMPTS = 10
FREE_ATTEMPTS_ANYWHERE = 100
#: Letters that may be asked for in one name, the same way.
FREE_LETTERS = 3
FREE_LETTERS_ANYWHERE = 5
LONGEST_WAIT = timedelta(minutes=15)
#: Failures are forgotten after this time without another.
FORGOTTEN_AFTER = timedelta(hours=1)

#: An application that was not decided by then is not recognised by its password any more.
ENROLMENT_KEPT = timedelta(days=60)

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


@dataclass(frozen=True)
class SignInName:
    """What somebody typed to say who they are: an address or a phone number. Empty is what it is not."""

    email_key: str
    phone: str

    @property
    def key(self) -> str:
        """One text for all spellings."""
        return self.phone or self.email_key

    @classmethod
    def read(cls, text: str, country: str) -> "SignInName":
        """Never refused: a name that nobody could have is a name that nobody has."""
        phone = None if "@" in text else phones.read(text, country)
        return cls("", phone) if phone else cls(email_key(text), "")


def check_password(password: str, email: str, field: str = "/password", *, words: Sequence[str] = ()) -> None:
    """Raises Invalid for a password that is too short, too long, or one of the first that anybody would try.

    ``words`` are those that a guesser would take from around it, such as the network's name.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid("password_too_short", "At least {shortest} characters", field=field, shortest=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise Invalid("password_too_long", "At most {longest} characters", field=field, longest=LONGEST_PASSWORD)
    if email_key(password) == email_key(email):
        raise Invalid("password_is_email", "The password can't be the e-mail address", field=field)
    if is_common(password) or is_word_of(password, [*words, email, email.partition("@")[0]]):
        raise Invalid(
            "password_common", "Too easy to guess; take several words that only you put together", field=field
        )


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


def wait_after(failures: int, free: int) -> timedelta:
    """How long guesses are not heard after so many failures: not at all, then doubling, at most a quarter hour."""
    if failures < free:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - free, 20)), LONGEST_WAIT)


def secret_hash(secret: str) -> bytes:
    """How a secret too long to be guessed is kept."""
    return hashlib.sha256(secret.encode()).digest()


def code_hash(ticket_id: UUID, code: str, pepper: bytes) -> bytes:
    """How a short code is kept. A copy of the database alone doesn't tell it, if there is a pepper outside of it."""
    return hmac.digest(pepper or b"no pepper", ticket_id.bytes + code.encode(), "sha256")
