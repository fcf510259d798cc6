"""What a token says, when a refresh is one too many, which key signs."""

import base64
import hashlib
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal
from uuid import UUID

from contracts.members import MemberStatus
from kit.errors import Forbidden, Invalid, Unauthenticated
from members.membership.rules import MemberRecord, offers

#: Standings in which a member's users see and settle what is theirs.
_MAY_SIGN_IN: frozenset[MemberStatus] = frozenset({"active", "in_arrears", "suspended", "left"})
#: Standings in which they take part.
_TAKES_PART: frozenset[MemberStatus] = frozenset({"active", "in_arrears"})

#: A refresh whose answer was lost on the way, or that two windows sent at once, is answered once more within this
#: time, with the same new token (docs/decisions/0008).
GRACE = timedelta(seconds=30)
#: However often it is refreshed, after this a password is asked for again.
LONGEST_SESSION = timedelta(days=180)

#: A new key is published this long before it signs, so that everybody has it by then.
KEY_LEAD = timedelta(hours=1)
#: At the wish of an administrator it signs sooner, but not before every piece would look for it (kit.auth.REFRESH).
KEY_SOON = timedelta(seconds=10)
#: A key stays published this long after the last token it signed has expired.
KEY_MARGIN = timedelta(hours=1)


@dataclass(frozen=True)
class Reach:
    """Whom a user acts for, and what they may do."""

    member_ids: tuple[UUID, ...]
    roles: frozenset[str]


def reach(granted: frozenset[str], members: Sequence[MemberRecord]) -> Reach:
    """Raises Forbidden for someone who applied and was not admitted, or was excluded, and works for nobody."""
    acting = tuple(member.id for member in members if _may_sign_in(member))
    if members and not acting and not granted:
        if any(member.status == "applied" for member in members):
            raise not_admitted_yet()
        raise Forbidden("not_a_member", "You are not a member of this network")
    taking_part = [member for member in members if member.status in _TAKES_PART]
    follows = {"member"} if taking_part else set()
    if any(offers(member.kind) for member in taking_part):
        follows.add("producer")
    return Reach(acting, granted | follows)


def _may_sign_in(member: MemberRecord) -> bool:
    """Who belonged once and asks to belong again still has accounts to look at, whatever becomes of the application."""
    came_back = member.status in ("applied", "declined") and member.joined_on is not None
    return came_back or member.status in _MAY_SIGN_IN


def claims(issuer: str, user_id: UUID, who: Reach, now: datetime, life: timedelta) -> dict[str, object]:
    """What an access token says (RFC 7519)."""
    return {
        "iss": issuer,
        "sub": str(user_id),
        "members": [str(member_id) for member_id in who.member_ids],
        "roles": sorted(who.roles),
        "iat": int(now.timestamp()),
        "exp": int((now + life).timestamp()),
    }


@dataclass(frozen=True)
class RefreshToken:
    """What a client holds between two access tokens: the session, and the secret that is good for one refresh."""

    session_id: UUID
    secret: str

    def __str__(self) -> str:
        return f"{self.session_id.hex}.{self.secret}"

    @classmethod
    def read(cls, text: str) -> "RefreshToken":
        """Raises Unauthenticated for a text that is no such token."""
        session, _, secret = text.partition(".")
        try:
            return cls(UUID(hex=session), secret)
        except ValueError as error:
            raise session_over() from error

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.secret.encode()).digest()

    def successor(self, salt: bytes) -> "RefreshToken":
        """The token that follows this one in its session.

        It needs this token and the session's salt, so neither a copy of the database nor an old token gives it; and
        it is the same each time, so that a refresh sent twice ends in one session, not two.
        """
        digest = hmac.digest(salt, self.secret.encode(), "sha256")
        return RefreshToken(self.session_id, base64.urlsafe_b64encode(digest).decode().rstrip("="))


@dataclass(frozen=True)
class Session:
    """A sign-in that goes on by refreshing."""

    user_id: UUID
    salt: bytes
    current_hash: bytes
    previous_hash: bytes | None
    started_at: datetime
    rotated_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def judge(session: Session, token: RefreshToken, now: datetime) -> Literal["rotate", "repeat", "reused", "over"]:
    """What a refresh with this token means: the next step, its repetition, a stolen token, or too late."""
    if session.revoked_at is not None or session.expires_at <= now:
        return "over"
    if hmac.compare_digest(session.current_hash, token.hash):
        return "rotate"
    previous = session.previous_hash is not None and hmac.compare_digest(session.previous_hash, token.hash)
    return "repeat" if previous and now - session.rotated_at <= GRACE else "reused"


def session_end(started_at: datetime, now: datetime, idle_days: int) -> datetime:
    """When a session refreshed now ends, unless it is refreshed again."""
    return min(now + timedelta(days=idle_days), started_at + LONGEST_SESSION)


def grant_unknown(known: Sequence[str], issuer: str) -> Invalid:
    """For a way to sign in that there is not, or not here."""
    extra = {"error": "unsupported_grant_type"}
    if issuer:
        return Invalid("signs_in_elsewhere", "This network signs in at {issuer}", issuer=issuer, extra=extra)
    return Invalid("grant_unknown", "Must be one of {known}", known=", ".join(known), extra=extra)


def not_admitted_yet() -> Forbidden:
    return Forbidden("not_admitted_yet", "Your application has not been decided yet")


def credentials_wrong() -> Unauthenticated:
    """The one answer to every name with a password or code that is not its own, known or not."""
    return Unauthenticated("credentials_wrong", "Name or password are not right", extra={"error": "invalid_grant"})


def session_over() -> Unauthenticated:
    """The one answer to every refresh token that is not good, whatever the reason."""
    return Unauthenticated("session_over", "This session is over; sign in again", extra={"error": "invalid_grant"})


@dataclass(frozen=True)
class SigningKey:
    """A key pair's name and when it begins to sign."""

    kid: str
    made_at: datetime
    signs_from: datetime


def signers(keys: Collection[SigningKey], now: datetime) -> list[SigningKey]:
    """The keys that may sign at ``now``, the one whose turn it is first."""
    return sorted((key for key in keys if key.signs_from <= now), key=lambda key: key.signs_from, reverse=True)


def is_key_due(keys: Collection[SigningKey], now: datetime, lifetime: timedelta) -> bool:
    """Whether a new key should be made."""
    return all(key.made_at + lifetime <= now for key in keys)


def retired(keys: Collection[SigningKey], now: datetime, token_life: timedelta) -> list[SigningKey]:
    """Keys of which no token can be about any more: another signs, and the last they signed has expired."""
    ordered = sorted(keys, key=lambda key: key.signs_from)
    return [key for key, following in pairwise(ordered) if following.signs_from + token_life + KEY_MARGIN <= now]
