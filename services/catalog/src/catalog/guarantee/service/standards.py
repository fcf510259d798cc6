"""What members do with standards."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.repository import standards
from catalog.guarantee.rules import standards as rules
from catalog.guarantee.rules.standards import Content, Localised, Version
from catalog.guarantee.service import practices
from catalog.guarantee.service.access import id_taken
from catalog.products.vocabulary import PRACTICES
from catalog.settings import Settings
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, NotFound, PreconditionFailed
from kit.ids import new_id


def may_keep(actor: Actor | None, settings: Settings) -> bool:
    """Who keeps the standards: coordinators, stewards, the committee."""
    return actor is not None and actor.has("coordinator", "steward", settings.guarantee_committee)


def _check_keeper(actor: Actor, settings: Settings) -> None:
    if not may_keep(actor, settings):
        raise Forbidden("role_missing", "Only for {roles}", roles="coordinator, steward")


async def create(
    work: Work, settings: Settings, actor: Actor, *, standard_id: UUID | None, code: str, name: Localised
) -> None:
    """A standard without versions yet. The same once more changes nothing. Raises Conflict for a code in use."""
    _check_keeper(actor, settings)
    rules.check_localised(name, settings.language, "/name")
    if await standards.add(work, standard_id or new_id(), code, name, actor.user_id):
        return
    known = (await standards.by_codes(work.connection, [code])).get(code)
    if known is None:
        raise id_taken()
    if known[1] != dict(name) or (standard_id is not None and known[0] != standard_id):
        raise Conflict("code_taken", "There is another standard with this code", field="/code")


async def found(connection: AsyncConnection, code: str) -> UUID:
    """The standard's id. Raises NotFound."""
    known = (await standards.by_codes(connection, [code])).get(code)
    if known is None:
        raise NotFound("standard_not_found", "There is no such standard")
    return known[0]


async def draft(
    work: Work, settings: Settings, actor: Actor, *, code: str, content: Content, version_id: UUID | None
) -> Version:
    """The next version, to be published. Raises Conflict while there is another draft."""
    _check_keeper(actor, settings)
    rules.check(content, settings.language, PRACTICES)
    await standards.lock(work, code)
    standard_id = await found(work.connection, code)
    versions = await standards.versions(work.connection, [standard_id])
    again = next((one for one in versions if one.id == version_id), None)
    if again is not None:
        if again.content != content:
            raise id_taken()
        return again
    waiting = next((one for one in versions if not one.published), None)
    if waiting is not None:
        raise Conflict(
            "draft_waits", "Version {number} is drafted already: change or publish it", number=waiting.number
        )
    if version_id is not None and await standards.by_ids(work.connection, [version_id]):
        raise id_taken()
    number = max((one.number for one in versions), default=0) + 1
    await standards.draft(work, version_id or new_id(), standard_id, number, content)
    return await version(work.connection, code, number)


async def version(connection: AsyncConnection, code: str, number: int) -> Version:
    """Raises NotFound."""
    versions = await standards.versions(connection, [await found(connection, code)])
    wanted = next((one for one in versions if one.number == number), None)
    if wanted is None:
        raise NotFound("version_not_found", "This standard has no such version")
    return wanted


async def redraft(
    work: Work, settings: Settings, actor: Actor, *, code: str, number: int, content: Content, edition: int | None
) -> Version:
    """Another content for a draft that is at ``edition``. Raises Conflict for what is published."""
    _check_keeper(actor, settings)
    rules.check(content, settings.language, PRACTICES)
    await standards.lock(work, code)
    before = await version(work.connection, code, number)
    rules.check_draft(before)
    if edition is not None and edition != before.edition:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    await standards.redraft(work, before.id, content)
    return await version(work.connection, code, number)


async def publish(work: Work, settings: Settings, actor: Actor, code: str, number: int) -> Version:
    """Lets a version hold from its date on; from today, what it demands is withheld from who has no certificate at
    once. The same once more changes nothing."""
    _check_keeper(actor, settings)
    await standards.lock(work, code)
    before = await version(work.connection, code, number)
    if before.published:
        return before
    rules.check_publishing(before, work.today, await standards.last_from(work, before.standard_id))
    await standards.publish(work, before.id, actor.user_id)
    if before.content.valid_from <= work.today:
        await practices.follow_all(work)
    return await version(work.connection, code, number)


async def versions_of(
    connection: AsyncConnection, standard_ids: Collection[UUID], *, drafts: bool
) -> dict[UUID, list[Version]]:
    """The versions of each standard, in their order; drafts for those who keep them."""
    known: dict[UUID, list[Version]] = {}
    for one in await standards.versions(connection, standard_ids):
        if drafts or one.published:
            known.setdefault(one.standard_id, []).append(one)
    return known
