"""A diagnosis with its versions: what state it is in, who may read it, and what may be done with it."""

from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from catalog.prices.rules.figures import Season
from contracts.catalog import Unit
from kit.actor import Actor
from kit.errors import Conflict, Forbidden, NotFound

Status = Literal["draft", "published", "withdrawn"]


@dataclass(frozen=True)
class Diagnosis:
    """A product's costs in a season. ``revision`` counts every change, ``newest`` the versions of its figures."""

    id: UUID
    product_id: UUID
    member_id: UUID
    variant_id: UUID
    unit: Unit
    season: Season
    revision: int
    newest: int
    published: int | None
    withdrawn: bool
    shared: bool

    @property
    def status(self) -> Status:
        """A draft is one that nobody else has seen yet."""
        if self.withdrawn:
            return "withdrawn"
        return "draft" if self.published is None else "published"


def not_found() -> NotFound:
    return NotFound("diagnosis_not_found", "There is no such diagnosis")


def reads_all(actor: Actor | None, diagnosis: Diagnosis) -> bool:
    """Its owner reads every version; advisors and coordinators where the owner lets them."""
    if actor is None:
        return False
    return actor.acts_for(diagnosis.member_id) or (diagnosis.shared and actor.has("advisor", "coordinator"))


def shown(actor: Actor | None, diagnosis: Diagnosis, version: int | None) -> int:
    """The version that the reader gets who asked for this one, or for none. Raises NotFound for what is not theirs."""
    if reads_all(actor, diagnosis):
        found = diagnosis.newest if version is None else version
        if 1 <= found <= diagnosis.newest:
            return found
    elif diagnosis.published is not None and not diagnosis.withdrawn and version in (None, diagnosis.published):
        return diagnosis.published
    raise not_found()


def check_owner(actor: Actor, diagnosis: Diagnosis) -> None:
    """What a season cost is its producer's to say, and nobody else's. Raises NotFound, Forbidden."""
    if actor.acts_for(diagnosis.member_id):
        return
    shown(actor, diagnosis, None)
    raise Forbidden("not_yours", "Only its producer can change a diagnosis")


def published(diagnosis: Diagnosis) -> Diagnosis:
    """The newest version is what everybody sees; the same object if it is already."""
    if diagnosis.status == "published" and diagnosis.published == diagnosis.newest:
        return diagnosis
    return replace(diagnosis, published=diagnosis.newest, withdrawn=False, revision=diagnosis.revision + 1)


def withdrawn(diagnosis: Diagnosis) -> Diagnosis:
    """Nobody else sees it any more; the same object if that is so. Raises Conflict for a draft."""
    if diagnosis.status == "draft":
        raise Conflict("not_published", "Only a published diagnosis can be withdrawn")
    return diagnosis if diagnosis.withdrawn else replace(diagnosis, withdrawn=True, revision=diagnosis.revision + 1)
