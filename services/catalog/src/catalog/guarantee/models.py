"""Tables of the guarantee. What may be written in them when, the database holds itself (migration 0009)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

_AT = DateTime(timezone=True)
_PUBLISHED = sql("published_at IS NOT NULL")


class StandardRow(Base):
    """What a network promises by a word; what it asks for it is in the versions."""

    __tablename__ = "standards"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    #: By language, as all texts of a standard.
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(_AT)
    made_by: Mapped[UUID]


class VersionRow(Base):
    """What a standard asks, from a date on. Published, it never changes."""

    __tablename__ = "standard_versions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    standard_id: Mapped[UUID] = mapped_column(ForeignKey(StandardRow.id))
    number: Mapped[int]
    text: Mapped[dict[str, str]] = mapped_column(JSONB)
    pledge: Mapped[dict[str, str]] = mapped_column(JSONB)
    #: ``[{"code": …, "question": {…}, "severity": …}]``, in their order.
    checklist: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    #: Words of the catalog that only its certificates allow, if it is required.
    practices: Mapped[list[str]] = mapped_column(ARRAY(Text))
    conversion_practice: Mapped[str | None] = mapped_column(Text)
    required: Mapped[bool]
    conversion_years: Mapped[int] = mapped_column(SmallInteger)
    validity_months: Mapped[int] = mapped_column(SmallInteger)
    visit_months: Mapped[int] = mapped_column(SmallInteger)
    committee_size: Mapped[int] = mapped_column(SmallInteger)
    #: Days to mend a non-conformity, by severity.
    correction_days: Mapped[dict[str, int]] = mapped_column(JSONB)
    valid_from: Mapped[date]
    #: Counts the changes of a draft.
    edition: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(_AT)
    published_at: Mapped[datetime | None] = mapped_column(_AT)
    published_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("standard_id", "number"),
        CheckConstraint("cardinality(practices) > 0", name="practices"),
        CheckConstraint("conversion_years BETWEEN 0 AND 3", name="conversion_years"),
        CheckConstraint("validity_months BETWEEN 1 AND 60 AND visit_months BETWEEN 1 AND 60", name="months"),
        CheckConstraint("committee_size BETWEEN 2 AND 20", name="committee_size"),
        CheckConstraint("jsonb_array_length(checklist) BETWEEN 1 AND 200", name="checklist"),
        CheckConstraint("(published_at IS NULL) = (published_by IS NULL)", name="published"),
        Index("uq_standard_versions_draft", "standard_id", unique=True, postgresql_where=sql("published_at IS NULL")),
        Index("uq_standard_versions_valid_from", "standard_id", "valid_from", unique=True, postgresql_where=_PUBLISHED),
    )


class PlotRow(Base):
    """A piece of land, or a hive, a workshop: a place. Where it is, only its owner and who must visit it know."""

    __tablename__ = "plots"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    #: GeoJSON (RFC 7946), two coordinates a position.
    geometry: Mapped[dict[str, Any]] = mapped_column(JSONB)
    hectares: Mapped[Decimal | None] = mapped_column(Numeric(9, 4))
    lat: Mapped[float] = mapped_column(Float)
    lon: Mapped[float] = mapped_column(Float)
    crops: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: ``[{"what": …, "since": date}]``: what is not used there any more.
    without: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    clean_since: Mapped[date | None]
    published: Mapped[bool]
    retired_at: Mapped[datetime | None] = mapped_column(_AT)
    made_at: Mapped[datetime] = mapped_column(_AT)
    made_by: Mapped[UUID]

    __table_args__ = (
        CheckConstraint("hectares > 0 AND hectares <= 10000", name="hectares"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="place"),
        Index("ix_plots_member_id", "member_id", "id"),
        Index("ix_plots_published", "id", postgresql_where=sql("published AND retired_at IS NULL")),
    )


class ApplicationRow(Base):
    """A producer pledged to keep a standard, and asks to be visited."""

    __tablename__ = "guarantee_applications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    standard_id: Mapped[UUID] = mapped_column(ForeignKey(StandardRow.id))
    version_id: Mapped[UUID] = mapped_column(ForeignKey(VersionRow.id))
    products: Mapped[list[str]] = mapped_column(ARRAY(Text))
    signed_name: Mapped[str] = mapped_column(Text)
    signed_by: Mapped[UUID]
    signed_at: Mapped[datetime] = mapped_column(_AT)
    withdrawn_at: Mapped[datetime | None] = mapped_column(_AT)
    decided_at: Mapped[datetime | None] = mapped_column(_AT)

    __table_args__ = (
        UniqueConstraint("id", "member_id"),
        Index(
            "uq_guarantee_applications_open",
            "member_id",
            "standard_id",
            unique=True,
            postgresql_where=sql("withdrawn_at IS NULL AND decided_at IS NULL"),
        ),
        Index("ix_guarantee_applications_member_id", "member_id", "id"),
    )


class ApplicationPlotRow(Base):
    __tablename__ = "application_plots"

    application_id: Mapped[UUID] = mapped_column(ForeignKey(ApplicationRow.id), primary_key=True)
    plot_id: Mapped[UUID] = mapped_column(ForeignKey(PlotRow.id), primary_key=True)


class VisitRow(Base):
    """Peers look at what was pledged. Its report is written once, and signed by each of them."""

    __tablename__ = "visits"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    application_id: Mapped[UUID]
    member_id: Mapped[UUID]
    planned_on: Mapped[date]
    planned_by: Mapped[UUID]
    planned_at: Mapped[datetime] = mapped_column(_AT)
    cancelled_at: Mapped[datetime | None] = mapped_column(_AT)
    cancelled_because: Mapped[str | None] = mapped_column(Text)
    report_id: Mapped[UUID | None] = mapped_column(Uuid, unique=True)
    happened_on: Mapped[date | None]
    #: ``{item: {"answer": …, "note": …, "photos": […]}}``
    answers: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    note: Mapped[str | None] = mapped_column(Text)
    reported_at: Mapped[datetime | None] = mapped_column(_AT)
    reported_by: Mapped[UUID | None]
    #: When enough peers had signed.
    completed_at: Mapped[datetime | None] = mapped_column(_AT)

    __table_args__ = (
        UniqueConstraint("id", "member_id"),
        ForeignKeyConstraint(["application_id", "member_id"], [ApplicationRow.id, ApplicationRow.member_id]),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_because IS NULL)", name="cancelled"),
        CheckConstraint(
            "num_nulls(report_id, happened_on, answers, note, reported_at, reported_by) IN (0, 6)", name="reported"
        ),
        CheckConstraint("completed_at IS NULL OR (reported_at IS NOT NULL AND cancelled_at IS NULL)", name="completed"),
        Index("ix_visits_application_id", "application_id"),
        Index("ix_visits_member_id", "member_id", "id"),
    )


class PeerRow(Base):
    """A member that visits another. The span makes mutual visits overlap: two are less than that long apart."""

    __tablename__ = "visit_peers"

    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    peer_id: Mapped[UUID] = mapped_column(primary_key=True)
    visited_id: Mapped[UUID]
    span: Mapped[Range[date]] = mapped_column(DATERANGE)
    #: False for a visit that was called off.
    counts: Mapped[bool]
    signed_at: Mapped[datetime | None] = mapped_column(_AT)
    signed_by: Mapped[UUID | None]
    #: What this peer saw otherwise than the report says.
    remark: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["visit_id", "visited_id"], [VisitRow.id, VisitRow.member_id]),
        CheckConstraint("peer_id <> visited_id", name="another"),
        CheckConstraint("(signed_at IS NULL) = (signed_by IS NULL)", name="signed"),
        ExcludeConstraint(
            (sql("LEAST(visited_id, peer_id)"), "="),
            (sql("GREATEST(visited_id, peer_id)"), "="),
            ("visited_id", "<>"),
            ("span", "&&"),
            name="ex_visit_peers_no_mutual_reviews",
            using="gist",
            where=sql("counts"),
        ),
        Index("ix_visit_peers_owed", "peer_id", "visit_id"),
        Index("ix_visit_peers_visited_id", "visited_id", "peer_id"),
    )


class NonconformityRow(Base):
    """Something that is not as the standard asks, and until when it has to be."""

    __tablename__ = "nonconformities"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    application_id: Mapped[UUID]
    member_id: Mapped[UUID]
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey(VisitRow.id))
    item: Mapped[str | None] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    finding: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date]
    opened_on: Mapped[date]
    opened_at: Mapped[datetime] = mapped_column(_AT)
    opened_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None] = mapped_column(_AT)
    closed_by: Mapped[UUID | None]
    #: The deadlines that were reminded of, and that had their consequence, last.
    reminded_of: Mapped[date | None]
    suspended_of: Mapped[date | None]

    __table_args__ = (
        ForeignKeyConstraint(["application_id", "member_id"], [ApplicationRow.id, ApplicationRow.member_id]),
        UniqueConstraint("visit_id", "item"),
        CheckConstraint("severity IN ('minor', 'major', 'critical')", name="severity"),
        CheckConstraint("due_on >= opened_on", name="due"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
        Index("ix_nonconformities_open", "due_on", "id", postgresql_where=sql("closed_at IS NULL")),
        Index("ix_nonconformities_member_id", "member_id", "id"),
        Index("ix_nonconformities_application_id", "application_id"),
    )


class NonconformityEntryRow(Base):
    """What was said of a non-conformity afterwards."""

    __tablename__ = "nonconformity_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    nonconformity_id: Mapped[UUID] = mapped_column(ForeignKey(NonconformityRow.id))
    kind: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    photos: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    due_on: Mapped[date | None]
    at: Mapped[datetime] = mapped_column(_AT)
    by: Mapped[UUID]

    __table_args__ = (
        CheckConstraint("kind IN ('evidence', 'extended', 'closed')", name="kind"),
        CheckConstraint("(kind = 'extended') = (due_on IS NOT NULL)", name="due"),
        Index("ix_nonconformity_entries_nonconformity_id", "nonconformity_id", "id"),
    )


class CertificateRow(Base):
    """A member's certificate of a standard, with what was told of it last; what holds follows from its facts."""

    __tablename__ = "certificates"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    member_id: Mapped[UUID]
    standard_id: Mapped[UUID] = mapped_column(ForeignKey(StandardRow.id))
    version_id: Mapped[UUID] = mapped_column(ForeignKey(VersionRow.id))
    products: Mapped[list[str]] = mapped_column(ARRAY(Text))
    issued_on: Mapped[date]
    status: Mapped[str] = mapped_column(Text)
    stage: Mapped[int | None] = mapped_column(SmallInteger)
    valid_until: Mapped[date | None]
    #: The member's name as others were told it.
    told_name: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(_AT)

    __table_args__ = (
        UniqueConstraint("member_id", "standard_id"),
        CheckConstraint(
            "status IN ('in_conversion', 'certified', 'conditional', 'refused', 'suspended', 'lapsed', 'ended')",
            name="status",
        ),
        Index(
            "ix_certificates_valid_until",
            "valid_until",
            postgresql_where=sql("status IN ('in_conversion', 'certified', 'conditional')"),
        ),
    )


class DecisionRow(Base):
    """What a committee decided, for good; another decision takes its place."""

    __tablename__ = "guarantee_decisions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey(ApplicationRow.id))
    place: Mapped[int]
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey(VisitRow.id))
    outcome: Mapped[str] = mapped_column(Text)
    stage: Mapped[int | None] = mapped_column(SmallInteger)
    decided_on: Mapped[date]
    valid_until: Mapped[date | None]
    reasons: Mapped[str] = mapped_column(Text)
    products: Mapped[list[str]] = mapped_column(ARRAY(Text))
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[datetime] = mapped_column(_AT)

    __table_args__ = (
        UniqueConstraint("application_id", "place"),
        CheckConstraint("outcome IN ('in_conversion', 'certified', 'conditional', 'refused')", name="outcome"),
        CheckConstraint("(outcome = 'in_conversion') = (stage IS NOT NULL) AND stage BETWEEN 0 AND 2", name="stage"),
        CheckConstraint("(outcome = 'refused') = (valid_until IS NULL) AND valid_until >= decided_on", name="validity"),
        CheckConstraint("outcome = 'refused' OR visit_id IS NOT NULL", name="visited"),
    )


class DeciderRow(Base):
    """Who decided, and who stood aside because of an interest."""

    __tablename__ = "decision_makers"

    decision_id: Mapped[UUID] = mapped_column(ForeignKey(DecisionRow.id), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    stood_aside: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_decision_makers_member_id", "member_id"),)


class FactRow(Base):
    """A dated fact of a certificate, in the order of their places."""

    __tablename__ = "certificate_facts"

    certificate_id: Mapped[UUID] = mapped_column(ForeignKey(CertificateRow.id), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    held_on: Mapped[date]
    cause: Mapped[str] = mapped_column(Text)
    cause_id: Mapped[UUID | None]
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey(VersionRow.id))
    outcome: Mapped[str | None] = mapped_column(Text)
    stage: Mapped[int | None] = mapped_column(SmallInteger)
    valid_until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(_AT)
    by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("kind IN ('decided', 'suspended', 'reinstated', 'ended')", name="kind"),
        CheckConstraint("cause IN ('committee', 'nonconformity', 'member')", name="cause"),
        CheckConstraint("(kind = 'decided') = (outcome IS NOT NULL AND version_id IS NOT NULL)", name="decided"),
    )


class ReminderRow(Base):
    """A member was reminded, so many days ahead, that its certificate ends on a date."""

    __tablename__ = "renewal_reminders"

    certificate_id: Mapped[UUID] = mapped_column(ForeignKey(CertificateRow.id), primary_key=True)
    valid_until: Mapped[date] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    sent_at: Mapped[datetime] = mapped_column(_AT)


class NumberRow(Base):
    """The last number given in a year."""

    __tablename__ = "certificate_numbers"

    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    last: Mapped[int]

    __table_args__ = (CheckConstraint("last > 0", name="last"),)
