"""The use cases of a profile: entered, changed, published, withdrawn."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from directory.entities import events, repository, rules
from directory.entities.rules import Profile
from kit.actor import Actor
from kit.database import Work
from kit.errors import Forbidden, NotFound, PreconditionFailed
from kit.ids import new_id

type Row = dict[str, Any]


async def enter(work: Work, actor: Actor, entity_id: UUID | None, owner_id: UUID | None, profile: Profile) -> Row:
    """A draft of the actor's own member, or without an owner if a steward enters it. The same id twice is one thing."""
    if entity_id is not None and (known := await repository.lock(work, entity_id)) is not None:
        _check_may_change(actor, known)
        return dict(known)
    owner_id = rules.owner(owner_id, actor.member_ids, steward=actor.has("steward"))
    if owner_id is not None:
        rules.check_standing(await repository.standing(work.connection, owner_id))
    rules.check_place(profile)
    row = {**new_row(work, entity_id or new_id(), profile), "status": "draft", "owner_id": owner_id}
    await put(work, [row])
    return row


async def see(connection: AsyncConnection, actor: Actor | None, entity_id: UUID) -> Mapping[str, Any]:
    """A published entity for anyone; a draft or a withdrawn one for its owner and for stewards."""
    row = await repository.find(connection, entity_id)
    if row is None or not (row["status"] == "published" or (actor is not None and _may_change(actor, row))):
        raise NotFound("entity_unknown", "There is no such entry in the directory")
    return row


async def change(work: Work, actor: Actor, entity_id: UUID, version: int | None, changes: Mapping[str, Any]) -> Row:
    """The entity with these parts of its profile changed. Raises PreconditionFailed if ``version`` (None: any) is not its newest."""
    row = await _locked(work, actor, entity_id)
    if version is not None and row["version"] != version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    profile = replace(profile_in(row), **changes)
    rules.check_place(profile)
    row = _next(work, {**row, **asdict(profile)})
    await put(work, [row])
    return row


async def publish(work: Work, entity_id: UUID) -> Row:
    """Everybody can find it. Publishing what is published changes nothing."""
    row = await _held(work, entity_id)
    if row["owner_id"] is not None:
        rules.check_standing(await repository.standing(work.connection, row["owner_id"]))
    if not rules.publishing_changes(row["status"]):
        return row
    row = _next(work, {**row, "status": "published", "published_at": work.now})
    await put(work, [row])
    return row


async def withdraw(work: Work, actor: Actor, entity_id: UUID) -> Row:
    """Nobody but its owner and stewards sees it any more. Withdrawing again changes nothing."""
    row = await _locked(work, actor, entity_id)
    if not rules.withdrawing_changes(row["status"]):
        return row
    was_public = row["status"] == "published"
    row = _next(work, {**row, "status": "withdrawn"})
    await put(work, [row])
    if was_public:
        work.stage(events.withdrawn(row), subject=row["id"], version=row["version"])
    return row


async def follow_members(work: Work, members: Sequence[Mapping[str, Any]]) -> None:
    """Members as they now are. What those who left or were excluded had published is withdrawn."""
    await repository.hear_of(work, members)
    gone = [member["member_id"] for member in members if member["status"] in rules.ENDED]
    if gone:
        for row in await repository.withdraw_of(work, gone):
            work.stage(events.withdrawn(row), subject=row["id"], version=row["version"])


def new_row(work: Work, entity_id: UUID, profile: Profile) -> Row:
    """A first version, without status, owner or origin."""
    return {
        **dict.fromkeys(("owner_id", "source", "external_id", "import_hash", "published_at")),
        **asdict(profile),
        "id": entity_id,
        "version": 1,
        "created_at": work.now,
        "updated_at": work.now,
    }


async def put(work: Work, rows: Sequence[Row]) -> None:
    """Writes whole rows with what they are found by, new or changed, and tells of those that are published."""
    # Thousands of rows take seconds: not in the loop that answers everybody else.
    indexes = await asyncio.to_thread(lambda: [rules.index_of(profile_in(row)) for row in rows])
    await repository.save(
        work,
        [
            {
                **row,
                "document": index.document,
                "head": index.head,
                "name_key": index.name_key,
                "name_words": index.name_words,
            }
            for row, index in zip(rows, indexes, strict=True)
        ],
    )
    shown = [(row, index) for row, index in zip(rows, indexes, strict=True) if row["status"] == "published"]
    await repository.add_words(work, {word for _row, index in shown for word in index.words})
    for row, _index in shown:
        work.stage(events.published(row), subject=row["id"], version=row["version"])


def profile_in(row: Mapping[str, Any]) -> Profile:
    """The profile that a row holds."""
    return Profile(**{name: row[name] for name in Profile.__dataclass_fields__})


def _next(work: Work, row: Row) -> Row:
    return {**row, "version": row["version"] + 1, "updated_at": work.now}


async def _held(work: Work, entity_id: UUID) -> Row:
    row = await repository.lock(work, entity_id)
    if row is None:
        raise NotFound("entity_unknown", "There is no such entry in the directory")
    return dict(row)


async def _locked(work: Work, actor: Actor, entity_id: UUID) -> Row:
    row = await _held(work, entity_id)
    _check_may_change(actor, row)
    return row


def _may_change(actor: Actor, row: Mapping[str, Any]) -> bool:
    return actor.has("steward") or (row["owner_id"] is not None and actor.acts_for(row["owner_id"]))


def _check_may_change(actor: Actor, row: Mapping[str, Any]) -> None:
    if _may_change(actor, row):
        return
    if row["status"] == "published":
        raise Forbidden("not_your_entity", "Only its owner and stewards can change this entry")
    raise NotFound("entity_unknown", "There is no such entry in the directory")
