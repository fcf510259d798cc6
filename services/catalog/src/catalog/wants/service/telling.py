"""Letters about what was found: at most one a member each time, however much it was."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from catalog.wants import wording
from catalog.wants.repository import matches
from catalog.wants.repository.matches import MatchSeen
from contracts.notices import CatalogNotice
from contracts.values import plain
from kit import notices
from kit.database import Work

#: Matches that one run tells of.
RUN = 2_000


async def tell(work: Work) -> None:
    """Tells both sides of each match once; who dismissed it already is not told."""
    found = await matches.untold(work, RUN)
    if not found:
        return
    sought: dict[UUID, list[MatchSeen]] = {}
    wanted: dict[UUID, list[MatchSeen]] = {}
    for one in found:
        if one.dismissed_by_seeker is None:
            sought.setdefault(one.seeker_id, []).append(one)
        if one.dismissed_by_provider is None:
            wanted.setdefault(one.provider_id, []).append(one)
    for member_id in sorted({*sought, *wanted}):
        subject, text = wording.digest(_lines(sought, member_id), _lines(wanted, member_id))
        notices.tell(work, CatalogNotice, member_id, subject, text)
    await matches.mark_told(work, [one.id for one in found])


def _lines(of: Mapping[UUID, Sequence[MatchSeen]], member_id: UUID) -> list[str]:
    mine = sorted(of.get(member_id, ()), key=lambda one: (-one.score, one.id))
    return [_line(one, one.provider_name if member_id == one.seeker_id else one.seeker_name) for one in mine]


def _line(match: MatchSeen, other: str) -> str:
    away = "" if match.distance_km is None else f", {plain(match.distance_km)} km"
    return f"{match.want_text or match.want_category}: {match.product_name} ({other or '—'}{away})"
