"""Who may do what of the guarantee."""

from collections.abc import Sequence
from uuid import UUID

from catalog.photos import service as photos
from catalog.producers import repository as producers
from catalog.settings import Settings
from contracts.members import OFFERING_KINDS
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound


def committee(actor: Actor, settings: Settings) -> bool:
    return actor.has(settings.guarantee_committee)


def only_committee(actor: Actor, settings: Settings) -> None:
    if not committee(actor, settings):
        raise Forbidden("role_missing", "Only for {roles}", roles=settings.guarantee_committee)


def disinterested(actor: Actor, settings: Settings, member_id: UUID) -> None:
    """Raises Forbidden but for somebody of the committee who does not act for the member that it is about."""
    only_committee(actor, settings)
    if actor.acts_for(member_id):
        raise Forbidden("own_case", "It is about a member that you act for: let somebody else of the committee do it")


def concerned(actor: Actor, settings: Settings, member_id: UUID) -> bool:
    """Whether it is the actor's own or the committee's."""
    return actor.acts_for(member_id) or committee(actor, settings)


async def acting_member(work: Work, actor: Actor, member_id: UUID | None) -> UUID:
    """The member that the actor acts for here. Raises NotFound for another's, Invalid if it has to be said."""
    if member_id is not None:
        if not actor.acts_for(member_id):
            raise NotFound("member_not_found", "There is no such member among yours", field="/member_id")
        return member_id
    mine = set(actor.member_ids)
    if len(mine) > 1:
        known = await producers.by_ids(work, mine)
        mine = {one.member_id for one in known.values() if one.kind in OFFERING_KINDS}
    if len(mine) != 1:
        raise Invalid("member_not_said", "Say for which member", field="/member_id")
    return mine.pop()


async def check_producer(work: Work, member_id: UUID) -> None:
    """Raises Conflict unless the member is a producer of good standing."""
    known = (await producers.by_ids(work, [member_id])).get(member_id)
    if known is None or known.kind not in OFFERING_KINDS or not known.may_publish:
        raise Conflict("member_not_active", "Only for producers whose membership is active")


async def check_photos(work: Work, member_id: UUID, photo_ids: Sequence[UUID], at: str) -> None:
    """Raises Invalid for a photo that is not this member's; here a photo is named by its id alone."""
    try:
        await photos.check(work, member_id, photo_ids, at)
    except Invalid as error:
        error.field = error.field.removesuffix("/id") if error.field else None
        raise


def id_taken() -> Conflict:
    return Conflict("id_taken", "This id was used for something else; take a new one", field="/id")
