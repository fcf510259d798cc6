"""What an invitation may be, and whether it is still good."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from contracts.members import MemberKind
from kit.actor import Actor
from kit.errors import Conflict, Forbidden, Invalid, NotFound

#: To act for a member; to belong to the network; to have a role in it.
Purpose = Literal["acting", "membership", "role"]
MOST_USES = 1000
LONGEST_LIFE = timedelta(days=366)
USUAL_LIFE = timedelta(days=14)
#: Letters and digits that are not taken for each other when somebody reads them from paper (Crockford's base 32).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: 80 bits: more than anybody can guess over a network.
LENGTH = 16

State = Literal["open", "withdrawn", "expired", "used_up"]


@dataclass(frozen=True)
class Plan:
    """An invitation as somebody wants to make it."""

    purpose: Purpose
    member_id: UUID | None
    kind: MemberKind | None
    admitted: bool
    role: str | None
    max_uses: int
    expires_at: datetime


def check(plan: Plan, actor: Actor, now: datetime) -> None:
    """Whether this actor may invite so. Raises NotFound for a member that isn't theirs, Forbidden, Invalid."""
    if plan.purpose == "acting":
        if plan.member_id is None:
            raise Invalid("member_missing", "Say for which member", field="/member_id")
        if not actor.acts_for(plan.member_id) and not actor.has("coordinator"):
            raise NotFound("member_unknown", "There is no such member")
    needed = {"membership": "coordinator", "role": "admin"}.get(plan.purpose)
    if needed is not None and not actor.has(needed):
        raise Forbidden("role_missing", "Only for {roles}", roles=needed)
    fits = {"member_id": ("acting",), "kind": ("membership",), "admitted": ("membership",), "role": ("role",)}
    for name, purposes in fits.items():
        if getattr(plan, name) and plan.purpose not in purposes:
            raise Invalid("not_for_this", "That is not for this kind of invitation", field=f"/{name}")
    if plan.purpose == "role" and plan.role is None:
        raise Invalid("role_missing_here", "Say which role", field="/role")
    if not now < plan.expires_at <= now + LONGEST_LIFE:
        raise Invalid("expiry_out_of_range", "Must lie in the coming year", field="/expires_at")


def state(*, uses: int, max_uses: int, expires_at: datetime, withdrawn_at: datetime | None, now: datetime) -> State:
    """Whether it can be followed."""
    if withdrawn_at is not None:
        return "withdrawn"
    if expires_at <= now:
        return "expired"
    return "used_up" if uses >= max_uses else "open"


def check_open(found: State) -> None:
    """Raises Conflict that says why it can't be followed."""
    if found == "withdrawn":
        raise Conflict("invitation_withdrawn", "This invitation was withdrawn; ask for another one")
    if found == "expired":
        raise Conflict("invitation_expired", "This invitation is over; ask for another one")
    if found == "used_up":
        raise Conflict("invitation_used_up", "This invitation was used already; ask for another one")


def code_of(salt: bytes, secret: bytes) -> str:
    """The code of an invitation, such as ``7Q2M-XB4K-9RTD-W0PA``: the same each time that it is printed."""
    digest = hmac.digest(secret or b"no secret", salt, "sha256")
    return in_groups("".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:LENGTH]))


def code_hash(code: str) -> bytes:
    """How a code as it was typed is looked for."""
    return hashlib.sha256(plain(code).encode()).digest()


def in_groups(code: str) -> str:
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def plain(text: str) -> str:
    """A code as it was typed, in the one form that it is kept in: O is 0, I and L are 1."""
    kept = "".join(letter for letter in text.upper() if letter.isalnum())
    return kept.translate(str.maketrans("OIL", "011"))
