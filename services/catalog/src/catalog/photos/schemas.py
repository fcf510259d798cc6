"""Photos over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from catalog.photos.rules import Photo, addresses

_EXAMPLE = "/v1/photos/0198c1de-7a00-7000-8000-000000000000"


class PhotoSizes(BaseModel):
    """Where each size is served, within this service. A smaller picture is not made larger."""

    thumb: Annotated[str, Field(description="320 pixels on the longer side", examples=[f"{_EXAMPLE}/thumb"])]
    medium: Annotated[str, Field(description="800 pixels", examples=[f"{_EXAMPLE}/medium"])]
    large: Annotated[str, Field(description="1,600 pixels", examples=[f"{_EXAMPLE}/large"])]


class PhotoOut(BaseModel):
    """A photo that is kept."""

    id: UUID
    member_id: UUID
    width: Annotated[int, Field(description="Of the largest size, pixels, upright", examples=[1600])]
    height: Annotated[int, Field(examples=[1200])]
    sizes: PhotoSizes
    created_at: datetime

    @classmethod
    def of(cls, photo: Photo) -> "PhotoOut":
        return cls(
            id=photo.id,
            member_id=photo.member_id,
            width=photo.width,
            height=photo.height,
            sizes=PhotoSizes.model_validate(addresses(photo.id)),
            created_at=photo.created_at,
        )


class ListedPhoto(PhotoOut):
    """A photo in its member's list."""

    shown: Annotated[bool, Field(description="Something shows it; else it is forgotten after a day")]
