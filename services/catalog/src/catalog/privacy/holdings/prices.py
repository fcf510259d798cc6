"""What a product cost its producer to make. All of it goes with who wrote it down."""

from sqlalchemy import select

from catalog.prices.models import Diagnosis, DiagnosisCost, DiagnosisVersion, ObservedPrice
from catalog.prices.service import forget
from kit.personal import MEMBER, Holding

__all__ = ["HOLDINGS", "NOBODYS", "forget"]

_DIAGNOSES = select(Diagnosis.id).where(Diagnosis.member_id == MEMBER)

HOLDINGS = (
    Holding("diagnoses", select(Diagnosis).where(Diagnosis.member_id == MEMBER).order_by(Diagnosis.starts_on)),
    Holding("diagnosis_versions", select(DiagnosisVersion).where(DiagnosisVersion.diagnosis_id.in_(_DIAGNOSES))),
    Holding("diagnosis_costs", select(DiagnosisCost).where(DiagnosisCost.diagnosis_id.in_(_DIAGNOSES))),
    Holding("observed_prices", select(ObservedPrice).where(ObservedPrice.diagnosis_id.in_(_DIAGNOSES))),
)
NOBODYS: dict[str, str] = {}
