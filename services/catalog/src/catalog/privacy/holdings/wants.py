"""Wants and what was found for them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select

from catalog.wants.models import MatchRow, WantRow
from catalog.wants.service import wants
from kit.database import Work
from kit.personal import MEMBER, Holding

HOLDINGS = (
    Holding("wants", select(WantRow).where(WantRow.member_id == MEMBER).order_by(WantRow.id)),
    Holding(
        "want_matches",
        select(MatchRow).where(or_(MatchRow.seeker_id == MEMBER, MatchRow.provider_id == MEMBER)).order_by(MatchRow.id),
    ),
)
NOBODYS = {"want_keys": "what the words of wants have in common with others; the words are told with the want"}


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Who is to be forgotten looks for nothing any more, and what they looked for has no words and no place."""
    await wants.forget(work, member_ids)
