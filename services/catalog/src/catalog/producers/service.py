"""What producers tell of themselves."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.producers import repository
from catalog.producers.rules import Place, ProducerPage, Standing
from contracts.members import OFFERING_KINDS
from kit.actor import Actor
from kit.database import Work
from kit.errors import Forbidden, NotFound, PreconditionFailed


def may_write(actor: Actor | None, member_id: UUID) -> bool:
    """The producer's own users, and the coordinators."""
    return actor is not None and (actor.acts_for(member_id) or actor.has("coordinator"))


async def read(connection: AsyncConnection, actor: Actor | None, member_id: UUID) -> tuple[Standing, ProducerPage]:
    """A producer's page. Everyone sees those of members in standing who offer something, or have written one."""
    found = await repository.page(connection, member_id)
    if found is None:
        raise _unknown()
    standing, page = found
    shown = standing.may_publish and (page.version > 0 or standing.kind in OFFERING_KINDS)
    if not shown and not may_write(actor, member_id):
        raise _unknown()
    return standing, page


async def write(
    work: Work, actor: Actor, member_id: UUID, story: str, place: Place | None, *, version: int | None
) -> tuple[Standing, ProducerPage]:
    """A producer's page as it now is to be; ``version`` is the one that was read (None: whichever).

    Raises PreconditionFailed if somebody changed it meanwhile.
    """
    await repository.lock(work, member_id)
    standing, page = await read(work.connection, actor, member_id)
    if not may_write(actor, member_id):
        raise Forbidden("not_yours", "You do not act for this member")
    if version is not None and version != page.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    after = replace(page, story=story, place=place)
    if after == page and page.version:
        return standing, page
    after = replace(after, version=page.version + 1)
    await repository.save_page(work, member_id, after)
    return standing, after


def _unknown() -> NotFound:
    return NotFound("producer_not_found", "There is no such producer")
