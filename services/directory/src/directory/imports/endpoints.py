"""The import call."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request

from directory.imports import service
from directory.imports.schemas import Refused, Report, Warned
from kit.actor import Actor
from kit.auth import require
from kit.problems import LanguageDep, TextsDep
from kit.routing import WorkDep, service_router

router = service_router(prefix="/v1/imports", tags=["imports"])

_GEOJSON = {
    "type": "object",
    "description": "A GeoJSON FeatureCollection of points, at most 10 MB and 20,000 features. `source` names the list "
    "that it comes from; with a feature's `_id` or `id` it tells the entry that was imported before.",
    "required": ["type", "features"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "source": {"type": "string", "maxLength": 200},
        "features": {"type": "array", "items": {"type": "object"}, "maxItems": 20_000},
    },
}
_BODY: Mapping[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/geo+json": {"schema": _GEOJSON}, "application/json": {"schema": _GEOJSON}},
    }
}


@router.post("", openapi_extra=dict(_BODY))
async def import_entities(
    request: Request,
    _steward: Annotated[Actor, Depends(require("steward"))],
    work: WorkDep,
    language: LanguageDep,
    texts: TextsDep,
) -> Report:
    """Takes a GeoJSON file and publishes its entries. The same file again changes nothing."""
    outcome = await service.take_in(work, await request.body())
    reading = outcome.reading
    return Report(
        created=outcome.created,
        updated=outcome.updated,
        unchanged=outcome.unchanged,
        refused=[
            Refused(index=one.index, reason=texts.say(language, one.message, one.params)) for one in reading.refused
        ],
        warnings=[
            Warned(index=one.index, field=one.field or "", reason=texts.say(language, one.message, one.params))
            for one in reading.warnings
        ],
    )
