"""What a member is asked for: plans, their prices, and the exemptions from them. Amounts are integers of minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from contracts.members import MemberKind

Rhythm = Literal["annual", "quarterly", "monthly", "once"]
#: ``fixed``: by the network's calendar; ``rolling``: from the day of joining.
Anchor = Literal["fixed", "rolling"]
#: How a first part period is charged: whole, by its days, or by the months that it has begun.
ProRata = Literal["none", "days", "months"]

#: How many months a period of each rhythm has.
MONTHS: Mapping[Rhythm, int] = {"annual": 12, "quarterly": 3, "monthly": 1}


@dataclass(frozen=True)
class Price:
    """What a whole period costs that begins on or after ``valid_from``, until a later price holds."""

    valid_from: date
    amount: int


@dataclass(frozen=True)
class Terms:
    """When a plan asks, and for how much. A plan asks for no period that begins before ``starts_on`` or after
    ``ends_on``. ``prices`` are in the order of their dates, of one date the one that was set later last."""

    rhythm: Rhythm
    anchor: Anchor
    start_month: int
    starts_on: date
    ends_on: date | None
    pro_rata: ProRata
    prices: tuple[Price, ...]


@dataclass(frozen=True)
class Plan:
    """A dues plan. Who pays has ``days_until_due`` from the invoice (or from the period, if that begins later), and
    ``grace_days`` more before it is in arrears. ``tax_rate`` is in per cent and contained in the price."""

    id: UUID
    name: str
    texts: Mapping[str, str]
    kinds: tuple[MemberKind, ...]
    currency: str
    terms: Terms
    days_until_due: int
    grace_days: int
    tax_rate: Decimal | None
    tax_text: str
    version: int

    @property
    def once(self) -> bool:
        return self.terms.rhythm == "once"

    def text(self, language: str) -> str:
        """What the invoice says it is for."""
        return self.texts.get(language) or self.name


@dataclass(frozen=True)
class Choice:
    """A plan chosen for a member, in place of the one that its kind has: from ``since`` until the day ``before``."""

    plan_id: UUID
    since: date
    before: date | None


@dataclass(frozen=True)
class Exemption:
    """What a member is asked for instead: nothing (``amount`` None), or another amount for a whole period, for the
    periods that begin from ``since`` until the day ``before``."""

    id: UUID
    since: date
    before: date | None
    amount: int | None
    currency: str | None

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.before is None or day < self.before)
