"""Where the directory keeps what is about a member."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, select

from directory.entities.models import Entity, Owner
from kit.database import Work
from kit.personal import MEMBER, Holding

_TOLD = [column for column in Entity.__table__.columns if column.name not in ("place", "document", "head")]

HOLDINGS = (
    Holding("member", select(Owner).where(Owner.member_id == MEMBER)),
    Holding("entities", select(*_TOLD).where(Entity.owner_id == MEMBER).order_by(Entity.created_at)),
)
#: Tables without a word about a member, and why.
NOBODYS = {"words": "words that occur in profiles, for finding them by"}


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Removes their entries, published or not, and that they own any."""
    await work.execute(delete(Entity).where(Entity.owner_id.in_(member_ids)))
    await work.execute(delete(Owner).where(Owner.member_id.in_(member_ids)))
