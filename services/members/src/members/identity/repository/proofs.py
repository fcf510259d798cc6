"""SQL of what proves who somebody is: tickets, applications, failed attempts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, delete, insert, literal, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from members.identity.models import Attempts, Enrolment, Ticket
from members.identity.rules import MOST_TRIES, Purpose, SignInName


async def add_ticket(connection: AsyncConnection, values: dict[str, Any]) -> None:
    await connection.execute(insert(Ticket).values({"tries": 0, **values}))


async def end_tickets(
    connection: AsyncConnection, user_id: UUID | None, purposes: Sequence[Purpose], now: datetime
) -> None:
    """The user's tickets of these purposes are good no more."""
    statement = update(Ticket).where(
        Ticket.user_id == literal(user_id, Uuid), Ticket.purpose.in_(purposes), Ticket.ended_at.is_(None)
    )
    await connection.execute(statement.values(ended_at=now))


async def use_ticket(
    connection: AsyncConnection, purpose: Purpose, secret_hash: bytes, now: datetime
) -> Row[*tuple[Any, ...]] | None:
    """The ticket of this secret, used by this transaction and good no more; of two who bring it one gets it."""
    statement = (
        update(Ticket)
        .where(
            Ticket.secret_hash == secret_hash,
            Ticket.purpose == purpose,
            Ticket.ended_at.is_(None),
            Ticket.expires_at > now,
            Ticket.user_id.is_not(None),
        )
        .values(ended_at=now)
        .returning(Ticket.user_id, Ticket.email, Ticket.member_id)
    )
    return (await connection.execute(statement)).one_or_none()


async def try_code(connection: AsyncConnection, user_id: UUID | None, now: datetime) -> Row[*tuple[Any, ...]] | None:
    """The user's code that may be tried once more, counted as tried; nobody's is none, by the same statement."""
    statement = (
        update(Ticket)
        .where(
            Ticket.user_id == literal(user_id, Uuid),
            Ticket.purpose == "code",
            Ticket.ended_at.is_(None),
            Ticket.expires_at > now,
            Ticket.tries < MOST_TRIES,
        )
        .values(tries=Ticket.tries + 1)
        .returning(Ticket.id, Ticket.secret_hash)
    )
    return (await connection.execute(statement)).one_or_none()


async def end_ticket(connection: AsyncConnection, ticket_id: UUID, now: datetime) -> None:
    await connection.execute(update(Ticket).where(Ticket.id == ticket_id).values(ended_at=now))


async def add_enrolment(
    connection: AsyncConnection,
    member_id: UUID,
    name: SignInName,
    *,
    phone: str | None,
    password_hash: str,
    now: datetime,
) -> None:
    await connection.execute(
        insert(Enrolment).values(
            member_id=member_id, email_key=name.email_key, phone=phone, password_hash=password_hash, made_at=now
        )
    )


async def enrolment(connection: AsyncConnection, member_id: UUID) -> Row[str, str] | None:
    """Address and password hash of an application."""
    statement = select(Enrolment.email_key, Enrolment.password_hash).where(Enrolment.member_id == member_id)
    return (await connection.execute(statement)).one_or_none()


async def enrolments(connection: AsyncConnection, name: SignInName, limit: int) -> Sequence[Row[UUID, str]]:
    """The latest applications in this name: member and password hash."""
    statement = (
        select(Enrolment.member_id, Enrolment.password_hash)
        .where(or_(Enrolment.email_key == name.email_key, Enrolment.phone == name.phone))
        .order_by(Enrolment.made_at.desc())
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def attempts(
    connection: AsyncConnection, account: bytes, addresses: Sequence[str]
) -> dict[str, Row[*tuple[Any, ...]]]:
    """The failures of this account by address. No other attempt at the account is counted until this one is."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(encode(:account, 'hex'), 0))"), {"account": account}
    )
    statement = select(Attempts.address, Attempts.failures, Attempts.closed_until, Attempts.last_at).where(
        Attempts.account == account, Attempts.address.in_(addresses)
    )
    return {row.address: row for row in (await connection.execute(statement)).all()}


async def note_attempts(connection: AsyncConnection, account: bytes, rows: Sequence[dict[str, Any]]) -> None:
    """Replaces what is known of the account's failures at these addresses."""
    addresses = [row["address"] for row in rows]
    await connection.execute(delete(Attempts).where(Attempts.account == account, Attempts.address.in_(addresses)))
    await connection.execute(insert(Attempts), [{"account": account, **row} for row in rows])


async def forget_attempts(connection: AsyncConnection, account: bytes, addresses: Sequence[str]) -> None:
    await connection.execute(delete(Attempts).where(Attempts.account == account, Attempts.address.in_(addresses)))


async def prune(
    connection: AsyncConnection, *, attempts_before: datetime, enrolments_before: datetime, tickets_before: datetime
) -> None:
    """Removes failures that count no more, old tickets, and what old applications were recognised by."""
    await connection.execute(delete(Ticket).where(Ticket.expires_at < tickets_before))
    await connection.execute(delete(Attempts).where(Attempts.last_at < attempts_before))
    await connection.execute(delete(Enrolment).where(Enrolment.made_at < enrolments_before))
