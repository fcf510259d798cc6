"""Statements about who came."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers.models import Producer
from catalog.products.models import Product
from catalog.sessions.models import AttendanceRow, SessionRow
from catalog.sessions.rules.attendance import Figures, Guest, Mark
from kit.database import Work


async def marked(connection: AsyncConnection, session_id: UUID) -> dict[UUID, Mark]:
    """What was noted of a session's guests."""
    rows = await connection.execute(select(AttendanceRow).where(AttendanceRow.session_id == session_id))
    return {row.guest_id: Mark(row.guest_id, row.outcome, row.people, row.hours) for row in rows}


async def note(work: Work, session_id: UUID, marks: Sequence[tuple[Guest, Mark]], user_id: UUID | None) -> None:
    """Notes guests, or notes them anew."""
    rows = [
        {
            "session_id": session_id,
            "guest_id": guest.id,
            "member_id": guest.member_id,
            "outcome": mark.outcome,
            "people": mark.people,
            "hours": mark.hours,
            "user_id": user_id,
            "noted_at": work.now,
        }
        for guest, mark in marks
    ]
    if rows:
        new = insert(AttendanceRow)
        await work.execute(
            new.on_conflict_do_update(
                index_elements=[AttendanceRow.session_id, AttendanceRow.guest_id],
                set_={name: new.excluded[name] for name in ("outcome", "people", "hours", "user_id", "noted_at")},
            ),
            rows,
        )


async def members(work: Work, session_id: UUID) -> dict[UUID, UUID]:
    """The member of each guest who was noted."""
    rows = await work.execute(
        select(AttendanceRow.guest_id, AttendanceRow.member_id).where(AttendanceRow.session_id == session_id)
    )
    return {row.guest_id: row.member_id for row in rows}


async def figures(
    connection: AsyncConnection, since: datetime, until: datetime, member_id: UUID | None
) -> list[Figures]:
    """What was given between two instants, by member and product: sessions whose attendance is closed."""
    came = (
        select(
            AttendanceRow.session_id,
            func.sum(AttendanceRow.people).label("people"),
            func.sum(AttendanceRow.people * AttendanceRow.hours).label("person_hours"),
            func.sum(case((AttendanceRow.outcome == "missed", 1), else_=0)).label("missed"),
        )
        .group_by(AttendanceRow.session_id)
        .subquery()
    )
    lasted = func.extract("epoch", SessionRow.ends_at - SessionRow.starts_at) / 3600
    query = (
        select(
            SessionRow.member_id,
            func.coalesce(Producer.name, "").label("member_name"),
            SessionRow.product_id,
            Product.name.label("product_name"),
            func.count().label("sessions"),
            func.round(func.sum(lasted), 2).label("hours"),
            func.coalesce(func.sum(came.c.people), 0).label("people"),
            func.coalesce(func.sum(came.c.person_hours), 0).label("person_hours"),
            func.coalesce(func.sum(came.c.missed), 0).label("missed"),
        )
        .join(Product, Product.id == SessionRow.product_id)
        .join(Producer, Producer.member_id == SessionRow.member_id, isouter=True)
        .join(came, came.c.session_id == SessionRow.id, isouter=True)
        .where(SessionRow.attended_at.is_not(None), SessionRow.starts_at >= since, SessionRow.starts_at < until)
        .group_by(SessionRow.member_id, Producer.name, SessionRow.product_id, Product.name)
        .order_by(func.coalesce(Producer.name, ""), Product.name, SessionRow.product_id)
    )
    if member_id is not None:
        query = query.where(SessionRow.member_id == member_id)
    return [
        Figures(
            row.member_id,
            row.member_name,
            row.product_id,
            row.product_name,
            row.sessions,
            row.hours,
            row.people,
            row.person_hours,
            row.missed,
        )
        for row in await connection.execute(query)
    ]
