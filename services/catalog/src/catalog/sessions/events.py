"""From sessions to the contract's events. When and where a session is, is in its product's state."""

from collections.abc import Sequence
from uuid import UUID

from catalog.sessions.rules.attendance import Mark
from catalog.sessions.rules.occasions import Session
from contracts.catalog import Attendance, SessionAttended, SessionCancelled


def cancelled(session: Session, order_ids: Sequence[UUID]) -> SessionCancelled:
    return SessionCancelled(
        session_id=session.id,
        product_id=session.product_id,
        producer_id=session.member_id,
        starts_at=session.starts_at,
        reason=session.reason,
        order_ids=list(order_ids),
    )


def attended(session: Session, marks: Sequence[tuple[UUID, Mark]]) -> SessionAttended:
    return SessionAttended(
        session_id=session.id,
        product_id=session.product_id,
        producer_id=session.member_id,
        starts_at=session.starts_at,
        hours=session.hours,
        attendance=[
            Attendance(
                member_id=member_id, place_id=mark.guest_id, outcome=mark.outcome, people=mark.people, hours=mark.hours
            )
            for member_id, mark in marks
        ],
    )
