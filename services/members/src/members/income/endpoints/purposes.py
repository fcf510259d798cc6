"""HTTP of purposes."""

from typing import Annotated

from fastapi import Depends, Response

from kit.actor import Actor
from kit.auth import ActorDep, require
from kit.conditional import VersionDep, version_tag
from kit.routing import ReadDep, WorkDep, service_router
from members.income.rules import Purpose
from members.income.schemas import Names, NewPurpose, PurposeChange, PurposeOut, PurposesOut
from members.income.service import purposes as service

router = service_router(prefix="/v1/purposes", tags=["income"])

TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]


def _shown(purpose: Purpose) -> PurposeOut:
    return PurposeOut(code=purpose.code, names=Names(**purpose.names), active=purpose.active)


@router.get("")
async def list_purposes(connection: ReadDep, _actor: ActorDep) -> PurposesOut:
    """What money is used for: all purposes, those no longer in use among them."""
    return PurposesOut(items=[_shown(purpose) for purpose in (await service.purposes(connection)).values()])


@router.get("/{code}")
async def get_purpose(code: str, connection: ReadDep, response: Response, _actor: ActorDep) -> PurposeOut:
    """One purpose, with the ETag that a change of it must name."""
    found = await service.purpose(connection, code)
    response.headers["etag"] = version_tag(found.version)
    return _shown(found)


@router.post("", status_code=201)
async def add_purpose(body: NewPurpose, work: WorkDep, response: Response, _actor: TreasurerDep) -> PurposeOut:
    """Adds a purpose. Its code names an account of the ledger, so it stays as it is."""
    added = await service.add(work, body.code, name_es=body.names.es, name_en=body.names.en)
    response.headers["location"] = f"/v1/purposes/{added.code}"
    response.headers["etag"] = version_tag(added.version)
    return _shown(added)


@router.put("/{code}")
async def change_purpose(
    *, code: str, body: PurposeChange, work: WorkDep, version: VersionDep, response: Response, _actor: TreasurerDep
) -> PurposeOut:
    """Renames a purpose, takes it out of use, or back in. Send the ETag that you read as `If-Match`."""
    changed = await service.change(
        work, code, name_es=body.names.es, name_en=body.names.en, active=body.active, version=version
    )
    response.headers["etag"] = version_tag(changed.version)
    return _shown(changed)
