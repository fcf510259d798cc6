"""Users who sign in at another issuer."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kit.database import Work
from kit.errors import Invalid, Unauthenticated
from kit.ids import new_id
from members.identity import rules
from members.identity.repository import people
from members.identity.rules import SignInName

LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0, section 2


async def user_of(work: Work, issuer: str, claims: Mapping[str, Any]) -> tuple[UUID, bool]:
    """The user whom the issuer's token speaks of, made at first sight; and whether that was now.

    An address counts if the issuer vouches for it (``email_verified``): then it is the user's who has it here, whose
    password is good no more, for whoever chose it may never have read what is sent there. Raises Unauthenticated.
    """
    subject = str(claims["sub"])
    if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise Unauthenticated("token_invalid", "This token can't be used; sign in again")
    await people.lock_subject(work.connection, issuer, subject)
    known = await people.subject(work.connection, issuer, subject)
    if known is not None:
        return known, False
    email = _email(claims)
    owner = await people.user_by_name(work.connection, SignInName(rules.email_key(email), "")) if email else None
    if owner is not None:
        user_id: UUID = owner.id
        await people.change_user(work.connection, user_id, password_hash=None, email_confirmed_at=work.now)
    else:
        user_id = new_id()
        await people.add_user(
            work.connection,
            user_id=user_id,
            email=email,
            phone=None,
            name=_name(claims, subject),
            password_hash=None,
            language=None,
            now=work.now,
        )
    await people.add_subject(work.connection, issuer, subject, user_id, work.now)
    return user_id, True


def _email(claims: Mapping[str, Any]) -> str | None:
    if claims.get("email_verified") is not True:
        return None
    try:
        return rules.email_address(str(claims.get("email", "")))
    except Invalid:
        return None


def _name(claims: Mapping[str, Any], subject: str) -> str:
    for claim in ("name", "preferred_username"):
        name = " ".join(str(claims.get(claim) or "").split())[:200]
        if name and name.isprintable():
            return name
    return subject
