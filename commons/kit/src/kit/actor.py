"""Who does something: what a use case knows of the one who asks, however that was proved."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """A user who has proved who they are, with the members they act for and the roles they have."""

    user_id: UUID
    member_ids: frozenset[UUID]
    roles: frozenset[str]

    def acts_for(self, member_id: UUID) -> bool:
        return member_id in self.member_ids

    def has(self, *roles: str) -> bool:
        """True with any of the roles; an admin has them all."""
        return "admin" in self.roles or not self.roles.isdisjoint(roles)
