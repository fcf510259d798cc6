"""Recalls: what of them a member got."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from catalog.recalls.models import RecallLine
from kit.database import Work
from kit.personal import MEMBER, Holding

HOLDINGS = (
    Holding("recalled", select(RecallLine).where(RecallLine.member_id == MEMBER).order_by(RecallLine.recall_id)),
)
NOBODYS = {
    "recalls": "what is recalled, and why",
    "recall_lots": "which lots a recall is about",
}


async def forget(_work: Work, _member_ids: Collection[UUID]) -> None:
    """Nothing but ids, which say for as long as it may matter that somebody was told."""
