"""Producers over HTTP."""

from uuid import UUID

from fastapi import Response

from catalog.producers import service
from catalog.producers.schemas import ProducerOut, ProducerPageBody
from kit.auth import ActorDep, MaybeActorDep
from kit.conditional import PRIVATE, PUBLIC, VersionDep, version_tag
from kit.routing import ReadDep, WorkDep, service_router

producers = service_router(prefix="/v1/producers", tags=["producers"])
ROUTERS = (producers,)


@producers.get("/{member_id}")
async def read_producer(member_id: UUID, connection: ReadDep, actor: MaybeActorDep, response: Response) -> ProducerOut:
    """Who makes what is offered: name, story, and where. Public."""
    standing, page = await service.read(connection, actor, member_id)
    mine = service.may_write(actor, member_id)
    response.headers.update({"etag": version_tag(page.version), "cache-control": PRIVATE if mine else PUBLIC})
    return ProducerOut.of(standing, page)


@producers.put("/{member_id}")
async def write_producer(
    *,
    member_id: UUID,
    body: ProducerPageBody,
    actor: ActorDep,
    work: WorkDep,
    version: VersionDep,
    response: Response,
) -> ProducerOut:
    """Writes the producer's page, by its own users or a coordinator, under the ETag that was read (``*``: any)."""
    place = None if body.place is None else body.place.value()
    standing, page = await service.write(work, actor, member_id, body.story, place, version=version)
    response.headers["etag"] = version_tag(page.version)
    return ProducerOut.of(standing, page)
