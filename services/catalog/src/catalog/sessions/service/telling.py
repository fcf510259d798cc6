"""Letters to those who have places, or wait for them: one a member, however many sessions it is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from catalog.sessions import wording
from catalog.sessions.repository import bookings
from catalog.sessions.rules.occasions import Session
from contracts.notices import CatalogNotice
from kit import notices
from kit.database import Work


@dataclass(frozen=True)
class Move:
    """A session before and after."""

    before: Session
    after: Session


async def cancelled(
    work: Work, product: str, sessions: Mapping[UUID, Session], members: Iterable[tuple[UUID, UUID]], reason: str
) -> None:
    """Tells members (by session and member) that sessions do not take place."""
    for member_id, theirs in _by_member(members).items():
        when = _listed(work, [sessions[session_id] for session_id in theirs])
        subject, text = wording.cancelled(product, when, reason)
        notices.tell(work, CatalogNotice, member_id, subject, text)


async def moved(work: Work, product: str, moves: Mapping[UUID, Move]) -> None:
    """Tells everyone with a place, or waiting for one, where and when sessions now take place."""
    if not moves:
        return
    of = {(one.session_id, one.member_id) for one in await bookings.standing(work, moves.keys())}
    of |= await bookings.members_with_places(work, moves.keys())
    for member_id, theirs in _by_member(of).items():
        of_theirs = [moves[session_id] for session_id in theirs]
        places = ", ".join(dict.fromkeys(move.after.place for move in of_theirs if move.after.place))
        subject, text = wording.moved(
            product,
            _listed(work, [move.before for move in of_theirs]),
            _listed(work, [move.after for move in of_theirs]),
            places,
        )
        notices.tell(work, CatalogNotice, member_id, subject, text)


def _by_member(of: Iterable[tuple[UUID, UUID]]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for session_id, member_id in sorted(set(of)):
        found.setdefault(member_id, []).append(session_id)
    return found


def _listed(work: Work, sessions: Iterable[Session]) -> str:
    return ", ".join(wording.clock(at, work.zone) for at in sorted(one.starts_at for one in sessions))
