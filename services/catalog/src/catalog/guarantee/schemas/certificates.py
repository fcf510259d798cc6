"""Certificates, as they are answered."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from catalog.guarantee.rules.certificates import VALID, Certificate, Fact, Kind, Outcome, Standing, Status, words
from catalog.guarantee.schemas.sent import NamedMember


class CertificateLine(BaseModel):
    """A certificate: public, whatever it is worth."""

    id: UUID
    code: str = Field(description="On labels and in QR codes; never given to another", examples=["QRO-PGS-2026-0001"])
    member: NamedMember
    standard: str = Field(examples=["agroecological"])
    standard_name: dict[str, str]
    status: Status = Field(examples=["certified"])
    stage: int | None = Field(description="The year of conversion: 0, 1, 2 for T0, T1, T2")
    valid: bool = Field(description="Whether what it stands for may be shown and trusted today")
    practices: list[str] = Field(description="What it stands for, in the catalog's words", examples=[["organic"]])
    products: list[str]
    issued_on: date
    valid_until: date | None = Field(description="The last day")
    address: str = Field(description="Its public page")

    @classmethod
    def of(cls, certificate: Certificate, today: date, address: str) -> "CertificateLine":
        over = certificate.valid_until is not None and certificate.valid_until < today
        status: Status = "lapsed" if over and certificate.status in VALID else certificate.status
        return cls(
            id=certificate.id,
            code=certificate.code,
            member=NamedMember(id=certificate.member_id, name=certificate.member_name),
            standard=certificate.standard,
            standard_name=certificate.standard_name,
            status=status,
            stage=certificate.stage if status == "in_conversion" else None,
            valid=status in VALID,
            practices=list(words(certificate.backing, status)),
            products=list(certificate.products),
            issued_on=certificate.issued_on,
            valid_until=certificate.valid_until,
            address=address,
        )


class CertificateFactOut(BaseModel):
    """Something that happened to a certificate."""

    on: date
    kind: Kind
    outcome: Outcome | None
    stage: int | None
    valid_until: date | None


class CertificateOut(CertificateLine):
    """A certificate with what has happened to it. Reasons and causes are not public."""

    history: list[CertificateFactOut]

    @classmethod
    def of_history(
        cls, certificate: Certificate, facts: list[Fact], *, now: Standing, today: date, address: str
    ) -> "CertificateOut":
        line = dict(CertificateLine.of(certificate, today, address))
        line |= {"status": now.status, "stage": now.stage, "valid": now.valid, "valid_until": now.until}
        return cls(
            **line,
            history=[
                CertificateFactOut(
                    on=fact.on,
                    kind=fact.kind,
                    outcome=fact.outcome,
                    stage=fact.stage,
                    valid_until=fact.valid_until,
                )
                for fact in facts
            ],
        )
