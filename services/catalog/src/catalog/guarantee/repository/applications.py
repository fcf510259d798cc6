"""SQL of applications and what was decided on them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, case, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.models import (
    ApplicationRow,
    DeciderRow,
    DecisionRow,
    StandardRow,
    VersionRow,
    VisitRow,
)
from catalog.guarantee.rules.certificates import Outcome
from catalog.guarantee.rules.decisions import Aside, Decision
from catalog.producers.models import Producer
from kit.database import Work

#: ``pledged``: a visit is to be planned; ``to_visit``, ``to_sign``: peers are to; ``to_decide``: the committee is to.
State = Literal["pledged", "to_visit", "to_sign", "to_decide", "decided", "withdrawn"]
STATES: tuple[State, ...] = ("pledged", "to_visit", "to_sign", "to_decide", "decided", "withdrawn")


@dataclass(frozen=True)
class Application:
    id: UUID
    member_id: UUID
    member_name: str | None
    standard_id: UUID
    standard: str
    version_id: UUID
    version: int
    products: tuple[str, ...]
    signed_name: str
    signed_by: UUID
    signed_at: datetime
    state: State


@dataclass(frozen=True)
class Recorded:
    """A decision as it was recorded."""

    application_id: UUID
    place: int
    decision: Decision
    recorded_at: datetime
    recorded_by: UUID


def _some(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(VisitRow.application_id == ApplicationRow.id, VisitRow.cancelled_at.is_(None), *conditions)


_STATE = case(
    (ApplicationRow.withdrawn_at.is_not(None), "withdrawn"),
    (ApplicationRow.decided_at.is_not(None), "decided"),
    (_some(VisitRow.completed_at.is_not(None)), "to_decide"),
    (_some(VisitRow.reported_at.is_not(None)), "to_sign"),
    (_some(), "to_visit"),
    else_="pledged",
)


def _selected() -> Select[*tuple[Any, ...]]:
    return (
        select(
            ApplicationRow,
            Producer.name.label("member_name"),
            StandardRow.code.label("standard"),
            VersionRow.number.label("version"),
            _STATE.label("state"),
        )
        .join(StandardRow, StandardRow.id == ApplicationRow.standard_id)
        .join(VersionRow, VersionRow.id == ApplicationRow.version_id)
        .outerjoin(Producer, Producer.member_id == ApplicationRow.member_id)
    )


def _read(row: Row[*tuple[Any, ...]]) -> Application:
    return Application(
        id=row.id,
        member_id=row.member_id,
        member_name=row.member_name,
        standard_id=row.standard_id,
        standard=row.standard,
        version_id=row.version_id,
        version=row.version,
        products=tuple(row.products),
        signed_name=row.signed_name,
        signed_by=row.signed_by,
        signed_at=row.signed_at,
        state=cast("State", row.state),
    )


async def by_id(connection: AsyncConnection, application_id: UUID) -> Application | None:
    row = (await connection.execute(_selected().where(ApplicationRow.id == application_id))).one_or_none()
    return None if row is None else _read(row)


async def lock(work: Work, application_id: UUID) -> None:
    """One transaction at a time plans, decides on or withdraws an application."""
    await work.execute(select(ApplicationRow.id).where(ApplicationRow.id == application_id).with_for_update())


async def open_of(connection: AsyncConnection, member_id: UUID, standard_id: UUID) -> UUID | None:
    """The member's application for a standard that waits."""
    row = await connection.execute(
        select(ApplicationRow.id).where(
            ApplicationRow.member_id == member_id,
            ApplicationRow.standard_id == standard_id,
            ApplicationRow.withdrawn_at.is_(None),
            ApplicationRow.decided_at.is_(None),
        )
    )
    return row.scalar_one_or_none()


async def add(
    work: Work,
    application_id: UUID,
    *,
    member_id: UUID,
    standard_id: UUID,
    version_id: UUID,
    products: Collection[str],
    signed_name: str,
    by: UUID,
) -> bool:
    """False if there is one with this id, or one that waits for the same member and standard."""
    new = insert(ApplicationRow).values(
        id=application_id,
        member_id=member_id,
        standard_id=standard_id,
        version_id=version_id,
        products=list(products),
        signed_name=signed_name,
        signed_by=by,
        signed_at=work.now,
    )
    return (await work.execute(new.on_conflict_do_nothing().returning(ApplicationRow.id))).first() is not None


async def withdraw(work: Work, application_id: UUID) -> None:
    await work.execute(update(ApplicationRow).where(ApplicationRow.id == application_id).values(withdrawn_at=work.now))


async def settle(work: Work, application_id: UUID) -> None:
    """Notes that it was decided on, the first time."""
    await work.execute(
        update(ApplicationRow)
        .where(ApplicationRow.id == application_id)
        .values(decided_at=func.coalesce(ApplicationRow.decided_at, work.now))
    )


async def page(
    connection: AsyncConnection,
    member_ids: Collection[UUID] | None,
    *,
    state: State | None,
    standard: str | None,
    after: UUID | None,
    limit: int,
) -> list[Application]:
    """Applications of these members, or of all, the newest first."""
    query = _selected().order_by(ApplicationRow.id.desc()).limit(limit)
    if member_ids is not None:
        query = query.where(ApplicationRow.member_id.in_(member_ids))
    if state is not None:
        query = query.where(_STATE.is_not_distinct_from(state))
    if standard is not None:
        query = query.where(StandardRow.code == standard)
    if after is not None:
        query = query.where(ApplicationRow.id < after)
    return [_read(row) for row in await connection.execute(query)]


async def waiting(connection: AsyncConnection, state: State, limit: int) -> list[Application]:
    """Applications in a state that are not decided on, the oldest first."""
    rows = await connection.execute(
        _selected()
        .where(ApplicationRow.withdrawn_at.is_(None), ApplicationRow.decided_at.is_(None))
        .where(_STATE.is_not_distinct_from(state))
        .order_by(ApplicationRow.signed_at, ApplicationRow.id)
        .limit(limit)
    )
    return [_read(row) for row in rows]


async def record(
    work: Work, application_id: UUID, place: int, decision: Decision, *, visit_id: UUID | None, by: UUID
) -> bool:
    """False if there is a decision with this id or in this place."""
    new = insert(DecisionRow).values(
        id=decision.id,
        application_id=application_id,
        place=place,
        visit_id=visit_id,
        outcome=decision.outcome,
        stage=decision.stage,
        decided_on=decision.decided_on,
        valid_until=decision.valid_until,
        reasons=decision.reasons,
        products=list(decision.products),
        recorded_by=by,
        recorded_at=work.now,
    )
    if (await work.execute(new.on_conflict_do_nothing().returning(DecisionRow.id))).first() is None:
        return False
    people = [(member_id, False, "") for member_id in decision.decided_by]
    people += [(one.member_id, True, one.reason) for one in decision.stood_aside]
    await work.execute(
        insert(DeciderRow),
        [
            {"decision_id": decision.id, "member_id": member_id, "stood_aside": aside, "reason": reason}
            for member_id, aside, reason in people
        ],
    )
    return True


async def decisions(connection: AsyncConnection, application_ids: Collection[UUID]) -> dict[UUID, list[Recorded]]:
    """What was decided on each application, in its order."""
    rows = list(
        await connection.execute(
            select(DecisionRow)
            .where(DecisionRow.application_id.in_(application_ids))
            .order_by(DecisionRow.application_id, DecisionRow.place)
        )
    )
    people: dict[UUID, list[Row[*tuple[Any, ...]]]] = {}
    for person in await connection.execute(
        select(DeciderRow)
        .where(DeciderRow.decision_id.in_([row.id for row in rows]))
        .order_by(DeciderRow.decision_id, DeciderRow.member_id)
    ):
        people.setdefault(person.decision_id, []).append(person)
    found: dict[UUID, list[Recorded]] = {}
    for row in rows:
        found.setdefault(row.application_id, []).append(_recorded(row, people.get(row.id, [])))
    return found


def _recorded(row: Row[*tuple[Any, ...]], people: list[Row[*tuple[Any, ...]]]) -> Recorded:
    decided_on: date = row.decided_on
    decision = Decision(
        id=row.id,
        outcome=cast("Outcome", row.outcome),
        stage=row.stage,
        decided_on=decided_on,
        valid_until=row.valid_until,
        reasons=row.reasons,
        products=tuple(row.products),
        decided_by=tuple(one.member_id for one in people if not one.stood_aside),
        stood_aside=tuple(Aside(one.member_id, one.reason) for one in people if one.stood_aside),
    )
    return Recorded(row.application_id, row.place, decision, row.recorded_at, row.recorded_by)
