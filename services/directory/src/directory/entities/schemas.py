"""Profiles as they are sent and shown."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from contracts.values import Location
from directory.entities import rules
from directory.wording import countries
from directory.wording.rules import clean_line, clean_text, code, has_markup


def _text(value: str) -> str:
    if has_markup(value):
        raise PydanticCustomError("markup", "Write it as plain text, without HTML")
    return clean_text(value)


def _line(value: str) -> str:
    if has_markup(value):
        raise PydanticCustomError("markup", "Write it as plain text, without HTML")
    return clean_line(value)


def _name(value: str) -> str:
    name = _line(value)
    if not name:
        raise PydanticCustomError("blank", "Must have at least one letter")
    return name


def _country(value: str) -> str:
    found = countries.named(value)
    if not found:
        raise PydanticCustomError("country_unknown", "Write the country as its ISO code, such as MX")
    return found[0].code


def _website(value: str) -> str:
    address = rules.website(value.strip())
    if address is None:
        raise PydanticCustomError("website_invalid", "Write a web address such as https://example.org")
    return address


def _activity(value: str) -> str:
    found = code(value)
    if not found:
        raise PydanticCustomError("activity_invalid", "Write a code in Latin letters, such as food_cooperative")
    return found


def _once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Name = Annotated[str, Field(max_length=rules.NAME, examples=["Panadería La Espiga"]), AfterValidator(_name)]
Description = Annotated[
    str,
    Field(max_length=rules.DESCRIPTION, description="Plain text", examples=["Pan de masa madre, con harina local."]),
    AfterValidator(_text),
]
Line = Annotated[str, Field(max_length=rules.LINE), AfterValidator(_line)]
Hours = Annotated[str, Field(max_length=rules.HOURS, examples=["Lu-Vi 9:00-18:00"]), AfterValidator(_line)]
Country = Annotated[
    str,
    Field(max_length=60, description="ISO 3166-1 code; a name is understood", examples=["MX"]),
    AfterValidator(_country),
]
Website = Annotated[str, Field(max_length=rules.WEBSITE, examples=["https://example.org"]), AfterValidator(_website)]
Activity = Annotated[str, Field(max_length=60, examples=["food_cooperative"]), AfterValidator(_activity)]
Activities = Annotated[
    list[Activity], Field(max_length=rules.ENTRIES, description="Codes of what it does"), AfterValidator(_once)
]
Keywords = Annotated[
    list[Annotated[str, Field(max_length=rules.KEYWORD), AfterValidator(_name)]],
    Field(max_length=rules.ENTRIES),
    AfterValidator(_once),
]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Translations = Annotated[
    dict[Language, Description],
    Field(max_length=20, description="The description in other languages, by ISO 639 code"),
]
Qualifiers = Annotated[
    dict[Literal["organic", "fair_trade", "regional"], rules.Degree],
    Field(description="What holds of what it offers, and how far"),
]
EXAMPLE: JsonDict = {
    "name": "Panadería La Espiga",
    "description": "Pan de masa madre, con harina local.",
    "country": "MX",
    "city": "Querétaro",
    "activities": ["bakery", "food_cooperative"],
    "location": {"lat": 20.5931, "lon": -100.3899},
}


class EntityChange(BaseModel):
    """The parts of the profile that change; null clears what may be empty."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"opening_hours": "Lu-Vi 9:00-18:00"}})

    name: Name = ""
    description: Description = ""
    translations: Translations = {}
    country: Country | None = None
    city: Line | None = None
    postcode: Line | None = None
    street: Line | None = None
    house_number: Line | None = None
    website: Website | None = None
    opening_hours: Hours | None = None
    activities: Activities = []
    keywords: Keywords = []
    offers: Keywords = []
    qualifiers: Qualifiers = {}
    location: Location | None = None

    def changes(self) -> dict[str, Any]:
        """What was sent, as the parts of a profile."""
        sent: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set - {"id", "owner_id"}}
        if "location" in sent:
            location: Location | None = sent.pop("location")
            sent |= {"lat": location and location.lat, "lon": location and location.lon}
        return sent


class NewEntity(EntityChange):
    """An entry for the directory. It is a draft until a steward publishes it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    id: UUID | None = Field(default=None, description="Your own id for it, if you have one: sent again, it is the same")
    owner_id: UUID | None = Field(default=None, description="The member it belongs to; your own if you have only one")
    name: Name


class PublicProfile(BaseModel):
    """What everybody may read of an entity, but for where it is."""

    name: str = Field(examples=["Panadería La Espiga"])
    description: str = Field(description="Plain text", examples=["Pan de masa madre, con harina local."])
    country: str | None = Field(description="ISO 3166-1 code", examples=["MX"])
    city: str | None = Field(examples=["Querétaro"])
    postcode: str | None = Field(examples=["76000"])
    street: str | None = Field(examples=["Calle 5 de Mayo"])
    house_number: str | None = Field(examples=["12"])
    website: str | None = Field(examples=["https://example.org"])
    image: str | None = Field(description="Address of a picture at its source", examples=["https://example.org/a.jpg"])
    opening_hours: str | None = Field(description="As its owner writes them", examples=["Lu-Vi 9:00-18:00"])
    activities: list[str] = Field(description="Codes of what it does", examples=[["bakery"]])
    keywords: list[str] = Field(examples=[["pan", "harina local"]])
    offers: list[str] = Field(examples=[["food+drink"]])
    qualifiers: dict[str, str] = Field(description="yes, no, limited or only", examples=[{"organic": "yes"}])
    source: str | None = Field(description="Where it was imported from", examples=["TransforMap"])
    owner_id: UUID | None = Field(description="The member it belongs to")
    published_at: datetime | None


class Entity(PublicProfile):
    """An entry of the directory."""

    id: UUID
    status: rules.Status
    version: int = Field(description="Also its ETag: send it in If-Match to change the entry", examples=[3])
    translations: dict[str, str] = Field(description="The description in other languages")
    location: Location | None
    created_at: datetime
    updated_at: datetime
