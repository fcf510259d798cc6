"""The tables of photos and of what shows them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base


class Photo(Base):
    """A picture of a member. Its row is there before its files and goes after them, so that no file is forgotten."""

    __tablename__ = "photos"
    __table_args__ = (
        CheckConstraint("octet_length(hash) = 32", name="hash"),
        CheckConstraint("state IN ('arriving', 'kept', 'gone')", name="state"),
        CheckConstraint("width BETWEEN 1 AND 1600 AND height BETWEEN 1 AND 1600", name="size"),
        UniqueConstraint("id", "state"),
        Index("uq_photos_member_id_hash", "member_id", "hash", unique=True, postgresql_where=text("state <> 'gone'")),
        Index("ix_photos_member_id_id", "member_id", "id"),
        Index("ix_photos_idle_since", "idle_since", postgresql_where=text("state <> 'gone'")),
        Index("ix_photos_gone", "id", postgresql_where=text("state = 'gone'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text)
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: When it was last uploaded, or taken off what showed it. Means nothing while something shows it.
    idle_since: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class PhotoUse(Base):
    """A product, or another thing of a room above, shows a photo: while it does, the photo can't go."""

    __tablename__ = "photo_uses"
    __table_args__ = (
        CheckConstraint("state = 'kept'", name="state"),
        ForeignKeyConstraint(["photo_id", "state"], ["photos.id", "photos.state"]),
        Index("ix_photo_uses_photo_id", "photo_id"),
    )

    thing_id: Mapped[UUID] = mapped_column(primary_key=True)
    photo_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The state that a photo must have to be shown: the foreign key holds it in that.
    state: Mapped[str] = mapped_column(Text, server_default="kept")
