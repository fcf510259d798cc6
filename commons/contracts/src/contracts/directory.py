"""What the directory service says."""

from typing import ClassVar
from uuid import UUID

from contracts.envelope import Fact, Topic
from contracts.values import Location


class EntityState(Fact):
    """An enterprise, co-operative, association… as its profile is published."""

    entity_id: UUID
    owner_id: UUID | None
    name: str
    description: str
    country: str | None
    city: str | None
    activities: list[str]
    website: str | None
    location: Location | None


class EntityPublished(EntityState):
    topic: ClassVar[Topic] = Topic("directory", "entity", "published", 1, "pub")


class EntityWithdrawn(EntityState):
    topic: ClassVar[Topic] = Topic("directory", "entity", "withdrawn", 1, "pub")
