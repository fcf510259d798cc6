"""Tables of profiles, of the words in them, and of their owners' standing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, DateTime, Index, SmallInteger, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from directory.base import Base
from directory.entities.rules import EARTH


class Cube(UserDefinedType[str]):
    """A point in space (extension cube). Only ever used inside statements."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        return "cube"


# So that Alembic knows the type again when it compares.
ischema_names["cube"] = Cube
_PLACE = (
    f"CASE WHEN lat IS NOT NULL THEN cube(ARRAY[{EARTH} * cos(radians(lat)) * cos(radians(lon)), "
    f"{EARTH} * cos(radians(lat)) * sin(radians(lon)), {EARTH} * sin(radians(lat))]) END"
)
#: Read far more often than written: no list of pending entries to look through at every search.
_READY = {"fastupdate": "off"}
_PUBLISHED = text("status = 'published'")


class Entity(Base):
    """An enterprise, co-operative, association… with its profile."""

    __tablename__ = "entities"
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'published', 'withdrawn')", name="status"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="on_earth"),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="whole_point"),
        CheckConstraint("(source IS NULL) = (external_id IS NULL)", name="origin"),
        CheckConstraint("name <> ''", name="named"),
        Index("uq_entities_origin", "source", "external_id", unique=True),
        Index("ix_entities_owner_id", "owner_id", postgresql_where=text("owner_id IS NOT NULL")),
        Index("ix_entities_by_name", "name_key", "id", postgresql_where=_PUBLISHED),
        Index(
            "ix_entities_document",
            "document",
            postgresql_using="gin",
            postgresql_with=_READY,
            postgresql_where=_PUBLISHED,
        ),
        Index(
            "ix_entities_activities",
            "activities",
            postgresql_using="gin",
            postgresql_with=_READY,
            postgresql_where=_PUBLISHED,
        ),
        # Distances on the globe, also across the poles and the 180th meridian: nearest first comes from the index.
        Index("ix_entities_place", "place", postgresql_using="gist", postgresql_where=_PUBLISHED),
        # Boxes as a flat map has them.
        Index("ix_entities_point", text("point(lon, lat)"), postgresql_using="gist", postgresql_where=_PUBLISHED),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    status: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    owner_id: Mapped[UUID | None] = mapped_column(Uuid)
    #: Where an imported entity comes from, and its id there.
    source: Mapped[str | None] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(Text)
    #: Of the profile as it was last imported.
    import_hash: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    translations: Mapped[dict[str, str]] = mapped_column(JSONB)
    country: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str | None] = mapped_column(Text)
    postcode: Mapped[str | None] = mapped_column(Text)
    street: Mapped[str | None] = mapped_column(Text)
    house_number: Mapped[str | None] = mapped_column(Text)
    website: Mapped[str | None] = mapped_column(Text)
    image: Mapped[str | None] = mapped_column(Text)
    opening_hours: Mapped[str | None] = mapped_column(Text)
    activities: Mapped[list[str]] = mapped_column(ARRAY(Text))
    keywords: Mapped[list[str]] = mapped_column(ARRAY(Text))
    offers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    qualifiers: Mapped[dict[str, str]] = mapped_column(JSONB)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    place: Mapped[str | None] = mapped_column(Cube, Computed(_PLACE, persisted=True))
    document: Mapped[str] = mapped_column(TSVECTOR)
    #: Its part that ranks what was found: small, so that a broad search stays quick.
    head: Mapped[str] = mapped_column(TSVECTOR)
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    name_words: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Word(Base):
    """A word of some published profile. What nobody's profile has any more does no harm here."""

    __tablename__ = "words"
    __table_args__ = (
        Index("ix_words_near", "near", postgresql_using="gin", postgresql_with=_READY),
        Index("ix_words_endings", "endings", postgresql_using="gin", postgresql_with=_READY),
    )

    word: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    #: Keys shared with the words one slip of the finger away.
    near: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: The word from each of its letters on, so that a part of a compound is found by prefix.
    endings: Mapped[str] = mapped_column(TSVECTOR)


class Owner(Base):
    """A member as its events tell of it."""

    __tablename__ = "owners"

    member_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    status: Mapped[str] = mapped_column(Text)
