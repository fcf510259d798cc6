"""Photos over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from catalog.photos.rules import Photo, Size, addresses

_EXAMPLE = "/v1/photos/0198c1de-7a00-7000-8000-000000000000/medium"


class PhotoOut(BaseModel):
    """A photo that is kept."""

    id: UUID
    member_id: UUID
    width: Annotated[int, Field(description="Of the largest size, pixels, upright", examples=[1600])]
    height: Annotated[int, Field(examples=[1200])]
    sizes: Annotated[
        dict[Size, str],
        Field(
            description="Where each size is served, within this service: 320, 800 and 1600 pixels on the longer side, "
            "or what there was",
            examples=[{"medium": _EXAMPLE}],
        ),
    ]
    created_at: datetime

    @classmethod
    def of(cls, photo: Photo) -> "PhotoOut":
        return cls(
            id=photo.id,
            member_id=photo.member_id,
            width=photo.width,
            height=photo.height,
            sizes=addresses(photo.id),
            created_at=photo.created_at,
        )


class ListedPhoto(PhotoOut):
    """A photo in its member's list."""

    shown: Annotated[bool, Field(description="Something shows it; else it is forgotten after a day")]
