"""Standards, as they are sent and answered."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from catalog.guarantee.rules.standards import CORRECTION_DAYS, Content, Item, Severity, Version
from catalog.guarantee.schemas.sent import Code, Localised, Sent


class NewStandard(Sent):
    """What the network wants to vouch for."""

    id: UUID | None = Field(default=None, description="Your own id")
    code: Code = Field(examples=["agroecological"], description="Stable: stands in addresses and in others' data")
    name: Localised = Field(examples=[{"es": "Producción agroecológica", "en": "Agroecological production"}])


class ChecklistItemBody(Sent):
    """A question of the checklist."""

    code: Code = Field(examples=["no-synthetic-pesticides"])
    question: Localised = Field(examples=[{"es": "¿Sin plaguicidas de síntesis?", "en": "No synthetic pesticides?"}])
    severity: Severity = Field(description="How grave it is if the answer is no", examples=["critical"])


class CorrectionDays(Sent):
    """Days to mend what fails, from the visit on."""

    minor: int = Field(default=CORRECTION_DAYS["minor"], ge=1, le=1000)
    major: int = Field(default=CORRECTION_DAYS["major"], ge=1, le=1000)
    critical: int = Field(default=CORRECTION_DAYS["critical"], ge=1, le=1000)


class StandardVersionBody(Sent):
    """What a standard asks, from a date on."""

    text: Localised = Field(description="The standard itself")
    pledge: Localised = Field(description="What a producer signs")
    checklist: list[ChecklistItemBody] = Field(min_length=1, max_length=200)
    practices: list[str] = Field(
        min_length=1,
        max_length=10,
        description="Practices of the catalog that its certificates back",
        examples=[["organic"]],
    )
    conversion_practice: str | None = Field(
        default=None, description="The practice that a certificate in conversion backs", examples=["in_transition"]
    )
    required: bool = Field(
        default=False, description="Whether these practices are shown of holders of a valid certificate only"
    )
    conversion_years: int = Field(
        default=0, ge=0, le=3, description="Years before land is certified: T0, T1, T2", examples=[2]
    )
    validity_months: int = Field(default=12, ge=1, le=60, description="How long a certificate is valid at most")
    visit_months: int = Field(default=12, ge=1, le=60, description="How old the visit may be that a decision rests on")
    committee_size: int = Field(default=3, ge=2, le=20, description="How many decide at least")
    correction_days: CorrectionDays = CorrectionDays()
    valid_from: date = Field(examples=["2026-01-01"])

    def content(self) -> Content:
        return Content(
            text=self.text,
            pledge=self.pledge,
            checklist=tuple(Item(one.code, one.question, one.severity) for one in self.checklist),
            practices=tuple(self.practices),
            conversion_practice=self.conversion_practice,
            required=self.required,
            conversion_years=self.conversion_years,
            validity_months=self.validity_months,
            visit_months=self.visit_months,
            committee_size=self.committee_size,
            correction_days={
                "minor": self.correction_days.minor,
                "major": self.correction_days.major,
                "critical": self.correction_days.critical,
            },
            valid_from=self.valid_from,
        )


class NewStandardVersion(StandardVersionBody):
    """A version, drafted."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same version")


class ChecklistItemOut(BaseModel):
    code: str
    question: dict[str, str]
    severity: Severity


class StandardVersionOut(BaseModel):
    """A version of a standard. Published, it never changes."""

    id: UUID
    standard: str = Field(description="The standard's code", examples=["agroecological"])
    number: int = Field(examples=[2])
    published: bool
    text: dict[str, str]
    pledge: dict[str, str]
    checklist: list[ChecklistItemOut]
    practices: list[str]
    conversion_practice: str | None
    required: bool
    conversion_years: int
    validity_months: int
    visit_months: int
    committee_size: int
    correction_days: dict[Severity, int]
    valid_from: date

    @classmethod
    def of(cls, version: Version) -> "StandardVersionOut":
        content = version.content
        return cls(
            id=version.id,
            standard=version.standard,
            number=version.number,
            published=version.published,
            text=dict(content.text),
            pledge=dict(content.pledge),
            checklist=[
                ChecklistItemOut(code=one.code, question=dict(one.question), severity=one.severity)
                for one in content.checklist
            ],
            practices=list(content.practices),
            conversion_practice=content.conversion_practice,
            required=content.required,
            conversion_years=content.conversion_years,
            validity_months=content.validity_months,
            visit_months=content.visit_months,
            committee_size=content.committee_size,
            correction_days=dict(content.correction_days),
            valid_from=content.valid_from,
        )


class StandardVersionLine(BaseModel):
    number: int
    valid_from: date
    published: bool


class StandardOut(BaseModel):
    """A standard with the version that is in force."""

    code: str = Field(examples=["agroecological"])
    name: dict[str, str]
    in_force: StandardVersionOut | None = Field(description="Null before the first version holds")
    versions: list[StandardVersionLine]


def standard_out(code: str, name: dict[str, str], versions: list[Version], today: date) -> StandardOut:
    holding = [one for one in versions if one.published and one.content.valid_from <= today]
    last = max(holding, key=lambda one: one.content.valid_from, default=None)
    return StandardOut(
        code=code,
        name=name,
        in_force=StandardVersionOut.of(last) if last is not None else None,
        versions=[
            StandardVersionLine(number=one.number, valid_from=one.content.valid_from, published=one.published)
            for one in versions
        ],
    )
