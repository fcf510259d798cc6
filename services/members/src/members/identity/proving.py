"""Use cases of proof: codes and links that are sent to an address, and what an applicant is recognised by."""

import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Work
from kit.errors import NotFound
from kit.ids import new_id
from kit.settings import Settings
from members.identity import letters, rules, throttle
from members.identity.letters import Reader
from members.identity.passwords import MAKING, Passwords
from members.identity.repository import people, proofs
from members.identity.rules import Purpose, SignInName

#: Applications in one name that are looked at when somebody signs in with it.
PENDING = 5


@dataclass(frozen=True)
class Proved:
    """Whose ticket it was, and what it was for."""

    user_id: UUID
    email: str | None
    member_id: UUID | None

    @property
    def member(self) -> UUID:
        """The member of a ticket to join one: the database sees to it that there is one."""
        if self.member_id is None:
            raise ValueError("not a ticket to join a member")
        return self.member_id


def new_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def new_secret() -> str:
    """Too long to be guessed."""
    return secrets.token_urlsafe(32)


async def issue_code(work: Work, user_id: UUID | None, pepper: bytes) -> str:
    """A code to sign in with once; the one before it is good no more. For nobody it is made all the same."""
    await proofs.end_tickets(work.connection, user_id, ["code"], work.now)
    ticket_id, code = new_id(), new_code()
    await proofs.add_ticket(
        work.connection,
        {
            "id": ticket_id,
            "user_id": user_id,
            "purpose": "code",
            "secret_hash": rules.code_hash(ticket_id, code, pepper),
            "made_at": work.now,
            "expires_at": work.now + rules.LIFE["code"],
        },
    )
    return code


async def is_code(work: Work, user_id: UUID | None, code: str, pepper: bytes) -> bool:
    """Whether it is the user's code; if so it is used, else one try less is left. Must be committed either way."""
    ticket = await proofs.try_code(work.connection, user_id, work.now)
    if ticket is None:
        return False
    if not hmac.compare_digest(ticket.secret_hash, rules.code_hash(ticket.id, code, pepper)):
        return False
    await proofs.end_ticket(work.connection, ticket.id, work.now)
    return True


async def issue(
    work: Work, purpose: Purpose, user_id: UUID | None, *, email: str | None = None, member_id: UUID | None = None
) -> str:
    """The secret of a new ticket, to be sent to the user's address. Of most purposes it replaces the one before."""
    if purpose != "join":
        await proofs.end_tickets(work.connection, user_id, [purpose], work.now)
    secret = new_secret()
    await proofs.add_ticket(
        work.connection,
        {
            "id": new_id(),
            "user_id": user_id,
            "purpose": purpose,
            "secret_hash": rules.secret_hash(secret),
            "email": email,
            "member_id": member_id,
            "made_at": work.now,
            "expires_at": work.now + rules.LIFE[purpose],
        },
    )
    return secret


async def redeem(work: Work, purpose: Purpose, secret: str) -> Proved:
    """Whose ticket it is; it is used with this. Raises NotFound, whatever is wrong with it."""
    found = await proofs.use_ticket(work.connection, purpose, rules.secret_hash(secret), work.now)
    if found is None:
        raise NotFound("link_over", "This link is not good any more: it was used, replaced, or is too old")
    return Proved(found.user_id, found.email, found.member_id)


async def end_all(work: Work, user_id: UUID) -> None:
    """Codes and links that were sent to the user are good no more, but for those to join a member."""
    await proofs.end_tickets(work.connection, user_id, ["code", "reset", "email"], work.now)


async def enrol(
    work: Work,
    passwords: Passwords,
    settings: Settings,
    *,
    member_id: UUID,
    name: str,
    email: str,
    phone: str | None,
    password: str,
    language: str | None,
    remember: bool = True,
) -> UUID | None:
    """The user who will act for an applicant (or, not to ``remember``, for a member), or None if the address is somebody's already, who then decides.

    Nothing that the caller sees or measures says which: the work is the same, and the owner of the address is told by
    letter (OWASP Authentication Cheat Sheet, account creation). Raises Invalid, TooManyRequests.
    """
    address = rules.email_address(email)
    rules.check_password(password, address, words=[settings.name, settings.network])
    known_as = SignInName(rules.email_key(address), "")
    # Each application sends a letter to an address that may be anybody's.
    await throttle.count(
        work,
        throttle.account_of("apply", known_as.key),
        "",
        free=rules.FREE_LETTERS_ANYWHERE,
        free_anywhere=rules.FREE_LETTERS_ANYWHERE,
    )
    hashed = await passwords.make(password)
    user_id = new_id()
    added, owner = False, None
    for number in (phone, None):
        added = await people.add_user(
            work.connection,
            user_id=user_id,
            email=address,
            phone=number,
            name=name,
            password_hash=hashed,
            language=language,
            now=work.now,
        )
        owner = await people.user_by_name(work.connection, known_as)
        if owner is not None:
            break  # else somebody else has taken the phone number at this very moment
    if remember:
        await proofs.add_enrolment(
            work.connection, member_id, known_as, phone=phone, password_hash=hashed, now=work.now
        )
    secret = await issue(work, "join", owner.id if owner else None, member_id=member_id)
    reader = Reader(owner.email if owner else None, owner.language if owner else None)
    await letters.applied(work, settings, reader, member=name, known=not added, secret=secret)
    return user_id if added else None


async def is_applicant(
    connection: AsyncConnection, passwords: Passwords, member_id: UUID, email: str, password: str
) -> bool:
    """Whether this is the address and password of that application."""
    known = await proofs.enrolment(connection, member_id)
    ours = known is not None and known.email_key == rules.email_key(email)
    return await passwords.matches(known.password_hash if known and ours else None, password, waiting=MAKING)


async def applications(connection: AsyncConnection, name: SignInName) -> list[tuple[UUID, str]]:
    """The latest applications in this name: member and password hash."""
    return [(row.member_id, row.password_hash) for row in await proofs.enrolments(connection, name, PENDING)]


async def tidy(work: Work) -> None:
    """Forgets attempts that count no more, old tickets, and what old applications were recognised by."""
    await proofs.prune(
        work.connection,
        attempts_before=work.now - rules.FORGOTTEN_AFTER,
        enrolments_before=work.now - rules.ENROLMENT_KEPT,
        tickets_before=work.now - rules.LIFE["email"],
    )
