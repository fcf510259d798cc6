"""What is done with photos that are there: shown by products, deleted, forgotten. How they come in is in ``intake``."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from catalog.photos import repository, rules
from catalog.photos.files import Files
from catalog.photos.rules import SIZES
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid, NotFound

#: Photos that one run of a job takes.
RUN = 200


def owner(actor: Actor, member_id: UUID | None) -> UUID:
    """The member that the actor acts for here. Raises Forbidden, or Invalid if it has to be said."""
    if member_id is None:
        if len(actor.member_ids) != 1:
            raise Invalid("member_not_said", "Say for which member", field="/member_id")
        return next(iter(actor.member_ids))
    if not actor.acts_for(member_id) and not actor.has("coordinator"):
        raise Forbidden("not_yours", "You do not act for this member")
    return member_id


async def check(work: Work, member_id: UUID, photo_ids: Sequence[UUID], at: str = "/photos") -> None:
    """Holds these photos until the transaction ends. Raises Invalid for one that is not this member's; ``at`` is the
    JSON pointer of their list."""
    found = await repository.lock_kept(work, member_id, photo_ids) if photo_ids else set()
    rules.check_all_there(photo_ids, found, at)


async def show(work: Work, shown: Mapping[UUID, Collection[UUID]]) -> None:
    """Notes which photos each thing shows now: all of them, and no others. They are forgotten a day after nothing does.

    Of photos that were checked in this transaction, or that the thing showed before.
    """
    if shown:
        await repository.show(work, shown)


async def delete(work: Work, actor: Actor, photo_id: UUID) -> None:
    """Takes a photo away. Raises NotFound for another's, Conflict while something shows it."""
    found = await repository.lock_one(work, photo_id)
    if found is None or not (actor.acts_for(found[0].member_id) or actor.has("coordinator")):
        raise NotFound("photo_not_found", "There is no such photo")
    if found[1]:
        raise Conflict("photo_in_use", "A product shows this photo; take it off there first")
    await repository.let_go(work, [photo_id])


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Nobody sees these members' photos any more; their files are deleted within minutes."""
    await repository.let_go_of_members(work, member_ids)


async def let_idle_go(work: Work) -> None:
    """Photos that nothing shows are forgotten after a day, uploads that were broken off after an hour."""
    idle = await repository.lock_idle(work, work.now - rules.IDLE, work.now - rules.BROKEN_OFF, RUN)
    await repository.let_go(work, idle)


async def delete_files(files: Files, work: Work) -> None:
    """Deletes the files of photos that are gone, and then their rows: broken off, it is done again."""
    gone = await repository.lock_gone(work, RUN)
    for photo in gone:
        for size in SIZES:
            await asyncio.to_thread(files.delete, photo.file(size))
    if gone:
        await repository.delete_rows(work, [photo.id for photo in gone])
