"""A producer's standing, and what it allows."""

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from contracts.values import Location


def fold(text: str) -> str:
    """The text without case, accents and needless space: what two spellings of a name have in common."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.casefold().split())


@dataclass(frozen=True)
class Standing:
    """A member as the catalog knows it."""

    member_id: UUID
    name: str
    kind: str
    status: str

    @property
    def folded_name(self) -> str:
        return fold(self.name)

    @property
    def may_publish(self) -> bool:
        """Arrears are between the member and the treasurer; they close no stall. A suspension does, until it ends."""
        return self.status in ("active", "in_arrears")

    @property
    def gone(self) -> bool:
        """Its offers go with it."""
        return self.status in ("left", "excluded")


@dataclass(frozen=True)
class Place:
    """Where something is grown, made or offered, as people call it and on the map."""

    name: str
    location: Location | None = None


@dataclass(frozen=True)
class ProducerPage:
    """What a producer tells of itself. Version 0 has not been written yet."""

    story: str = ""
    place: Place | None = None
    version: int = 0
