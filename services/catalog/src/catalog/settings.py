"""The catalog's settings, beside those of every piece."""

from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

import kit.settings


class Settings(kit.settings.Settings):
    reservation_grace: timedelta = Field(
        default=timedelta(minutes=15),
        description="How long past its order's deadline a reservation without a confirmation is kept",
    )
    reservation_lifetime: timedelta = Field(
        default=timedelta(minutes=15), description="How long a client's own reservation is kept if it names no time"
    )
    photos: str = Field(
        default="", description="Where photos are kept: a folder, or s3://bucket/prefix; none are taken when empty"
    )
    photos_endpoint: str = Field(default="", description="The S3-compatible store's address, if it is not Amazon's")
    photos_region: str = Field(default="us-east-1", description="Its region; most others take any")
    photos_key: SecretStr = Field(default=SecretStr(""), description="Its access key")
    photos_secret: SecretStr = Field(default=SecretStr(""), description="Its secret key")
    photo_slots: int = Field(
        default=1, ge=1, le=16, description="Photos made small at once; 250 MB of memory each at worst"
    )
    max_photo: int = Field(default=10_000_000, ge=1_000, description="Largest photo, bytes")

    place: str = Field(
        default="",
        description="Where the network is, latitude and longitude: 20.59,-100.39; coordinates noted down the wrong way "
        "round are told by it",
    )
    guarantee_committee: str = Field(
        default="coordinator", pattern=r"^[a-z_]{2,40}$", description="The role whose holders decide on certificates"
    )
    mutual_review_months: int = Field(
        default=12, ge=1, le=60, description="Months within which two producers do not visit each other"
    )
    nonconformity_grace: int = Field(
        default=7,
        ge=0,
        le=90,
        description="Days from the reminder of a grave non-conformity's deadline to the suspension of the certificate",
    )

    @field_validator("photos")
    @classmethod
    def _folder_or_bucket(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not value.startswith("/") and not (parts.scheme == "s3" and parts.netloc):
            raise ValueError("write it like /srv/trama/photos or s3://bucket/prefix")
        return value

    @field_validator("photos_endpoint")
    @classmethod
    def _store_address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname):
            raise ValueError("write it like https://s3.example.org")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _bucket_has_keys(self) -> Self:
        keys = (self.photos_key.get_secret_value(), self.photos_secret.get_secret_value())
        if self.photos.startswith("s3://") and not all(keys):
            raise ValueError("TRAMA_PHOTOS_KEY and TRAMA_PHOTOS_SECRET are needed with s3://…")
        return self

    @field_validator("place")
    @classmethod
    def _on_earth(cls, value: str) -> str:
        try:
            lat, lon = (float(part) for part in value.split(",")) if value else (0.0, 0.0)
        except ValueError as error:
            raise ValueError("write it like 20.59,-100.39: latitude, longitude") from error
        if not (abs(lat) <= 90 and abs(lon) <= 180):
            raise ValueError("latitude is from -90 to 90, longitude from -180 to 180")
        return value

    @property
    def near(self) -> tuple[float, float] | None:
        """Where the network is, as (longitude, latitude)."""
        if not self.place:
            return None
        lat, lon = (float(part) for part in self.place.split(","))
        return lon, lat
