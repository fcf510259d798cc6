"""The participatory guarantee: land, visits, decisions, certificates."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update

from catalog.guarantee import models as guarantee
from kit.database import Work
from kit.personal import MEMBER, Holding

_plot, _application, _visit, _peer = (
    guarantee.PlotRow,
    guarantee.ApplicationRow,
    guarantee.VisitRow,
    guarantee.PeerRow,
)
_found, _said = guarantee.NonconformityRow, guarantee.NonconformityEntryRow
_decision, _decider = guarantee.DecisionRow, guarantee.DeciderRow
_certificate, _fact, _reminder = guarantee.CertificateRow, guarantee.FactRow, guarantee.ReminderRow
#: Without the span, which is the planned date again in a form that JSON does not have.
_PEER = tuple(column for column in _peer.__table__.columns if column.name != "span")
_APPLICATIONS = select(_application.id).where(_application.member_id == MEMBER)
_NONCONFORMITIES = select(_found.id).where(_found.member_id == MEMBER)
_CERTIFICATES = select(_certificate.id).where(_certificate.member_id == MEMBER)
_DECISIONS = select(_decision.id).where(_decision.application_id.in_(_APPLICATIONS))

HOLDINGS = (
    Holding("plots", select(_plot).where(_plot.member_id == MEMBER).order_by(_plot.id)),
    Holding(
        "guarantee_applications",
        select(_application).where(_application.member_id == MEMBER).order_by(_application.id),
    ),
    Holding(
        "application_plots",
        select(guarantee.ApplicationPlotRow).where(guarantee.ApplicationPlotRow.application_id.in_(_APPLICATIONS)),
    ),
    Holding("visits", select(_visit).where(_visit.member_id == MEMBER).order_by(_visit.id)),
    Holding(
        "visit_peers",
        select(*_PEER).where((_peer.visited_id == MEMBER) | (_peer.peer_id == MEMBER)).order_by(_peer.visit_id),
    ),
    Holding("nonconformities", select(_found).where(_found.member_id == MEMBER).order_by(_found.id)),
    Holding(
        "nonconformity_entries",
        select(_said).where(_said.nonconformity_id.in_(_NONCONFORMITIES)).order_by(_said.id),
    ),
    Holding(
        "guarantee_decisions",
        select(_decision).where(_decision.application_id.in_(_APPLICATIONS)).order_by(_decision.id),
    ),
    Holding(
        "decision_makers",
        select(_decider).where((_decider.member_id == MEMBER) | _decider.decision_id.in_(_DECISIONS)),
    ),
    Holding("certificates", select(_certificate).where(_certificate.member_id == MEMBER)),
    Holding(
        "certificate_facts",
        select(_fact).where(_fact.certificate_id.in_(_CERTIFICATES)).order_by(_fact.certificate_id, _fact.place),
    ),
    Holding("renewal_reminders", select(_reminder).where(_reminder.certificate_id.in_(_CERTIFICATES))),
)
NOBODYS = {
    "standards": "what the network asks",
    "standard_versions": "what the network asks",
    "certificate_numbers": "the last number of a year",
}


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Nobody can be led to the land any more; that it was looked at, and what was decided, stays."""
    await work.execute(
        update(_plot)
        .where(_plot.member_id.in_(member_ids))
        .values(name="", geometry={}, lat=0, lon=0, crops=[], without=[], published=False)
    )
    await work.execute(update(_application).where(_application.member_id.in_(member_ids)).values(signed_name=""))
    await work.execute(
        update(_said)
        .where(_said.nonconformity_id.in_(select(_found.id).where(_found.member_id.in_(member_ids))))
        .values(text="", photos=[])
    )
