"""Photos over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from catalog.photos import repository, service
from catalog.photos.intake import Intake
from catalog.photos.rules import MEDIA_TYPE, Photo, Size
from catalog.photos.schemas import ListedPhoto, PhotoOut
from catalog.settings import Settings
from kit.auth import ActorDep
from kit.conditional import PRIVATE, PUBLIC
from kit.errors import NotFound
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.routing import DatabaseDep, ReadDep, WorkDep, plain_router, service_router

#: No connection to the database is held while a picture is made small, written or read.
moving = plain_router(prefix="/v1/photos", tags=["photos"])
router = service_router(prefix="/v1/photos", tags=["photos"])
ROUTERS = (moving, router)

#: A photo never changes: whoever has it need not ask again.
FOREVER = "public, max-age=31536000, immutable"
_PICTURE = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "image/webp")
        },
    }
}

_SHOWN: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "The caller has it already (`If-None-Match`)"},
}


def larger_bodies(settings: Settings) -> Mapping[str, int]:
    """The path that takes pictures, and how large they may be, in bytes."""
    return {"/v1/photos": settings.max_photo}


async def _intake(request: Request) -> Intake:
    intake: Intake = request.app.state.photos
    return intake


IntakeDep = Annotated[Intake, Depends(_intake)]


@moving.post(
    "",
    status_code=201,
    openapi_extra=_PICTURE,
    responses={200: {"model": PhotoOut, "description": "This member has this picture already"}},
)
async def upload_photo(
    *,
    request: Request,
    response: Response,
    actor: ActorDep,
    database: DatabaseDep,
    intake: IntakeDep,
    member_id: Annotated[UUID | None, Query(description="Needed where the user acts for several members")] = None,
) -> PhotoOut:
    """Takes the picture in the body, for products to show: JPEG up to 40 megapixels, PNG up to 24, WebP up to 16; 10 MB.

    It is turned upright and made small; where and when it was taken, and by which camera, is left out. The same picture
    again is the same photo. One that nothing shows is forgotten after a day.
    """
    owner_id = service.owner(actor, member_id)
    with intake.turn():
        intake.check_length(int(request.headers.get("content-length", 0)))
        photo, new = await intake.take(database, owner_id, await request.body())
    response.status_code = 201 if new else 200
    response.headers["location"] = f"/v1/photos/{photo.id}"
    return PhotoOut.of(photo)


@router.get("")
async def list_own_photos(
    *,
    request: Request,
    response: Response,
    connection: ReadDep,
    page: PageDep,
    actor: ActorDep,
    member_id: Annotated[UUID | None, Query(description="Needed where the user acts for several members")] = None,
    idle: Annotated[bool, Query(description="Only those that nothing shows")] = False,
) -> Page[ListedPhoto]:
    """A member's photos, the newest first, for itself and the coordinators."""
    before = page.key(lambda key: UUID(str(key[0])))
    owner_id = service.owner(actor, member_id)
    found = await repository.of_member(connection, owner_id, before, page.limit + 1, idle=idle)
    following = encode_cursor([found[page.limit - 1].photo.id]) if len(found) > page.limit else None
    link_next(request, response, following)
    response.headers["cache-control"] = PRIVATE
    items = [ListedPhoto(**PhotoOut.of(one.photo).model_dump(), shown=one.shown) for one in found[: page.limit]]
    return Page(items=items, next=following)


@router.get("/{photo_id}")
async def read_photo(photo_id: UUID, connection: ReadDep, response: Response) -> PhotoOut:
    """What a photo is and where its sizes are."""
    response.headers["cache-control"] = PUBLIC
    return PhotoOut.of(_found(await repository.kept(connection, photo_id)))


@router.delete("/{photo_id}", status_code=204)
async def delete_photo(photo_id: UUID, actor: ActorDep, work: WorkDep) -> None:
    """Takes a photo away that nothing shows; its files are deleted within minutes."""
    await service.delete(work, actor, photo_id)


@moving.get("/{photo_id}/{size}", response_class=Response, responses=_SHOWN)
async def show_photo(
    photo_id: UUID, size: Size, request: Request, database: DatabaseDep, intake: IntakeDep
) -> Response:
    """The picture itself, as WebP. It never changes, so it may be kept for ever."""
    async with database.reading() as connection:
        photo = _found(await repository.kept(connection, photo_id))
    etag = f'"{photo.hash.hex()[:24]}-{size}"'
    headers = {"etag": etag, "cache-control": FOREVER, "x-content-type-options": "nosniff"}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(await intake.read(photo, size), media_type=MEDIA_TYPE, headers=headers)


def _found(photo: Photo | None) -> Photo:
    if photo is None:
        raise NotFound("photo_not_found", "There is no such photo")
    return photo
