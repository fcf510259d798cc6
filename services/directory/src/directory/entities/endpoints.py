"""Entering, reading, changing, publishing and withdrawing entries."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from contracts.values import Location
from directory.entities import repository, service
from directory.entities.rules import Profile
from directory.entities.schemas import Entity, EntityChange, NewEntity
from kit.actor import Actor
from kit.auth import ActorDep, MaybeActorDep, require
from kit.conditional import PRIVATE, PUBLIC, VersionDep, version_tag
from kit.routing import ReadDep, WorkDep, service_router

router = service_router(prefix="/v1/entities", tags=["entities"])
StewardDep = Annotated[Actor, Depends(require("steward"))]


def _shown(row: Mapping[str, Any], response: Response) -> Entity:
    response.headers["etag"] = version_tag(row["version"])
    response.headers["cache-control"] = PUBLIC if row["status"] == "published" else PRIVATE
    location = None if row["lat"] is None else Location(lat=row["lat"], lon=row["lon"])
    return Entity.model_validate({**row, "location": location})


@router.post("", status_code=201)
async def enter_entity(new: NewEntity, actor: ActorDep, work: WorkDep, response: Response) -> Entity:
    """Enters a draft for a member that you act for."""
    row = await service.enter(work, actor, new.id, new.owner_id, Profile(**new.changes()))
    response.headers["location"] = f"/v1/entities/{row['id']}"
    return _shown(row, response)


@router.get("/own")
async def list_own_entities(actor: ActorDep, connection: ReadDep) -> list[Entity]:
    """Your members' entries, drafts and withdrawn ones too, the newest first."""
    rows = await repository.of_owners(connection, actor.member_ids)
    return [_shown(row, Response()) for row in rows]


@router.get("/{entity_id}")
async def get_entity(entity_id: UUID, actor: MaybeActorDep, connection: ReadDep, response: Response) -> Entity:
    """A published entry; drafts and withdrawn ones only for those who may change them."""
    return _shown(await service.see(connection, actor, entity_id), response)


@router.patch("/{entity_id}")
async def change_entity(
    *,
    entity_id: UUID,
    change: EntityChange,
    version: VersionDep,
    actor: ActorDep,
    work: WorkDep,
    response: Response,
) -> Entity:
    """Changes the parts that are sent. A published entry stays published."""
    return _shown(await service.change(work, actor, entity_id, version, change.changes()), response)


@router.post("/{entity_id}/publish")
async def publish_entity(entity_id: UUID, _steward: StewardDep, work: WorkDep, response: Response) -> Entity:
    """Shows the entry to everybody."""
    return _shown(await service.publish(work, entity_id), response)


@router.post("/{entity_id}/withdraw")
async def withdraw_entity(entity_id: UUID, actor: ActorDep, work: WorkDep, response: Response) -> Entity:
    """Takes the entry out of everybody's sight; it can be published again."""
    return _shown(await service.withdraw(work, actor, entity_id), response)
