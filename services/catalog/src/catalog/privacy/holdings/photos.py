"""Photos."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from catalog.photos import service
from catalog.photos.models import Photo, PhotoUse
from kit.database import Work
from kit.personal import MEMBER, Holding

_PHOTOS = select(Photo.id).where(Photo.member_id == MEMBER)

HOLDINGS = (
    Holding("photos", select(Photo).where(Photo.member_id == MEMBER).order_by(Photo.id)),
    Holding("photo_uses", select(PhotoUse).where(PhotoUse.photo_id.in_(_PHOTOS)).order_by(PhotoUse.photo_id)),
)
NOBODYS: dict[str, str] = {}


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """They go whole, files and all."""
    await service.forget(work, member_ids)
