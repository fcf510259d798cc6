"""SQL of visits. Order of locks: the members' meetings, the application, the visit."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import Row, Select, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.models import ApplicationPlotRow, PeerRow, VisitRow
from catalog.guarantee.rules.visits import Answer, Answered, Peer, Report, State, Visit, months_after
from catalog.producers.models import Producer
from kit.database import Work

_LOCK = text("""
SELECT pg_advisory_xact_lock(hashtextextended('visits ' || member_id, 0))
FROM unnest(CAST(:members AS uuid[])) AS one(member_id)
""")
#: Whose visits: those that one's members owe their signature on, made, or were to receive.
Side = Literal["peer", "visited"]


async def lock_members(work: Work, member_ids: Collection[UUID]) -> None:
    """Lets only one transaction at a time plan visits among these members, so that who meets whom can be looked at.
    The exclusion constraint holds without it; this way it is said in words."""
    await work.execute(_LOCK, {"members": sorted(member_ids)})


def span(day: date, months: int) -> Range[date]:
    """Two spans of so many months overlap if their days are less than that apart."""
    return Range(day, months_after(day, months), bounds="[)")


async def met(
    work: Work,
    visited_id: UUID,
    peer_ids: Collection[UUID],
    day: date,
    months: int,
    *,
    except_visit: UUID | None = None,
) -> set[UUID]:
    """Those of the peers that the member visits, or visited, less than so many months apart from that day."""
    query = select(PeerRow.visited_id).where(
        PeerRow.peer_id == visited_id,
        PeerRow.visited_id.in_(peer_ids),
        PeerRow.counts,
        PeerRow.span.op("&&")(span(day, months)),
    )
    if except_visit is not None:
        query = query.where(PeerRow.visit_id != except_visit)
    return set((await work.execute(query)).scalars())


async def add(
    work: Work,
    visit_id: UUID,
    application_id: UUID,
    visited_id: UUID,
    *,
    planned_on: date,
    peer_ids: Sequence[UUID],
    months: int,
    by: UUID,
) -> bool:
    """False if there is a visit with this id."""
    new = insert(VisitRow).values(
        id=visit_id,
        application_id=application_id,
        member_id=visited_id,
        planned_on=planned_on,
        planned_by=by,
        planned_at=work.now,
    )
    if (await work.execute(new.on_conflict_do_nothing().returning(VisitRow.id))).first() is None:
        return False
    await work.execute(
        insert(PeerRow),
        [
            {
                "visit_id": visit_id,
                "peer_id": peer_id,
                "visited_id": visited_id,
                "span": span(planned_on, months),
                "counts": True,
                "remark": "",
            }
            for peer_id in peer_ids
        ],
    )
    return True


async def cancel(work: Work, visit_id: UUID, reason: str) -> None:
    await work.execute(
        update(VisitRow).where(VisitRow.id == visit_id).values(cancelled_at=work.now, cancelled_because=reason)
    )
    await work.execute(update(PeerRow).where(PeerRow.visit_id == visit_id).values(counts=False))


async def report(work: Work, visit_id: UUID, said: Report, months: int, by: UUID) -> None:
    """Keeps the report; who met whom is counted from the day on which it was."""
    await work.execute(update(PeerRow).where(PeerRow.visit_id == visit_id).values(span=span(said.happened_on, months)))
    await work.execute(
        update(VisitRow)
        .where(VisitRow.id == visit_id)
        .values(
            report_id=said.id,
            happened_on=said.happened_on,
            answers={
                code: {
                    "answer": one.answer,
                    "note": one.note,
                    "action": one.action,
                    "photos": [str(photo) for photo in one.photos],
                }
                for code, one in said.answers.items()
            },
            note=said.note,
            reported_at=work.now,
            reported_by=by,
        )
    )


async def report_known(work: Work, report_id: UUID) -> bool:
    """Whether some visit has a report with this id."""
    row = await work.execute(select(VisitRow.id).where(VisitRow.report_id == report_id))
    return row.first() is not None


async def sign(work: Work, visit_id: UUID, peer_id: UUID, remark: str, by: UUID) -> None:
    await work.execute(
        update(PeerRow)
        .where(PeerRow.visit_id == visit_id, PeerRow.peer_id == peer_id, PeerRow.signed_at.is_(None))
        .values(signed_at=work.now, signed_by=by, remark=remark)
    )


async def complete(work: Work, visit_id: UUID) -> None:
    await work.execute(update(VisitRow).where(VisitRow.id == visit_id).values(completed_at=work.now))


async def lock(work: Work, visit_id: UUID) -> None:
    await work.execute(select(VisitRow.id).where(VisitRow.id == visit_id).with_for_update())


async def by_id(connection: AsyncConnection, visit_id: UUID) -> Visit | None:
    return (await _load(connection, select(VisitRow).where(VisitRow.id == visit_id))).get(visit_id)


async def of_applications(connection: AsyncConnection, application_ids: Collection[UUID]) -> dict[UUID, list[Visit]]:
    """The visits of each application, by their days."""
    found: dict[UUID, list[Visit]] = {}
    query = (
        select(VisitRow).where(VisitRow.application_id.in_(application_ids)).order_by(VisitRow.planned_on, VisitRow.id)
    )
    for visit in (await _load(connection, query)).values():
        found.setdefault(visit.application_id, []).append(visit)
    return found


async def page(
    connection: AsyncConnection,
    member_ids: Collection[UUID] | None,
    *,
    side: Side | None,
    owed: bool,
    state: State | None,
    after: UUID | None,
    limit: int,
) -> list[Visit]:
    """Visits by and of these members, or all, the newest first; ``owed`` are those that wait for them as peers."""
    query = select(VisitRow).order_by(VisitRow.id.desc()).limit(limit)
    if member_ids is not None:
        theirs = exists().where(PeerRow.visit_id == VisitRow.id, PeerRow.peer_id.in_(member_ids))
        visited = VisitRow.member_id.in_(member_ids)
        query = query.where(theirs if side == "peer" else visited if side == "visited" else or_(theirs, visited))
    if owed:
        waits = [PeerRow.visit_id == VisitRow.id, PeerRow.signed_at.is_(None)]
        if member_ids is not None:
            waits.append(PeerRow.peer_id.in_(member_ids))
        query = query.where(VisitRow.cancelled_at.is_(None), VisitRow.completed_at.is_(None), exists().where(*waits))
    if state == "cancelled":
        query = query.where(VisitRow.cancelled_at.is_not(None))
    elif state is not None:
        query = query.where(
            VisitRow.cancelled_at.is_(None),
            VisitRow.reported_at.is_(None) if state == "planned" else VisitRow.reported_at.is_not(None),
            VisitRow.completed_at.is_not(None) if state == "complete" else VisitRow.completed_at.is_(None),
        )
    if after is not None:
        query = query.where(VisitRow.id < after)
    return list((await _load(connection, query)).values())


async def waiting(connection: AsyncConnection, limit: int) -> list[Visit]:
    """Visits that are neither complete nor called off, by their days."""
    query = (
        select(VisitRow)
        .where(VisitRow.cancelled_at.is_(None), VisitRow.completed_at.is_(None))
        .order_by(VisitRow.planned_on, VisitRow.id)
        .limit(limit)
    )
    return list((await _load(connection, query)).values())


async def _load(connection: AsyncConnection, query: Select[*tuple[Any, ...]]) -> dict[UUID, Visit]:
    rows = list(await connection.execute(query))
    peers: dict[UUID, list[Peer]] = {}
    for one in await connection.execute(
        select(PeerRow.visit_id, PeerRow.peer_id, PeerRow.signed_at, PeerRow.remark, Producer.name)
        .outerjoin(Producer, Producer.member_id == PeerRow.peer_id)
        .where(PeerRow.visit_id.in_([row.id for row in rows]))
        .order_by(PeerRow.visit_id, PeerRow.peer_id)
    ):
        peers.setdefault(one.visit_id, []).append(Peer(one.peer_id, one.name, one.signed_at is not None, one.remark))
    return {row.id: _read(row, peers.get(row.id, [])) for row in rows}


def _read(row: Row[*tuple[Any, ...]], peers: list[Peer]) -> Visit:
    said = None
    if row.report_id is not None:
        answers = {
            code: Answered(
                cast("Answer", one["answer"]), one["note"], one["action"], tuple(UUID(photo) for photo in one["photos"])
            )
            for code, one in row.answers.items()
        }
        said = Report(row.report_id, row.happened_on, answers, row.note)
    return Visit(
        row.id,
        row.application_id,
        row.member_id,
        row.planned_on,
        row.cancelled_at is not None,
        row.completed_at is not None,
        said,
        tuple(peers),
    )


async def peers_of(connection: AsyncConnection, application_id: UUID) -> set[UUID]:
    """Who visits or visited for an application."""
    rows = await connection.execute(
        select(func.distinct(PeerRow.peer_id))
        .join(VisitRow, VisitRow.id == PeerRow.visit_id)
        .where(VisitRow.application_id == application_id, PeerRow.counts)
    )
    return set(rows.scalars())


async def visits_plot(connection: AsyncConnection, plot_id: UUID, member_ids: Collection[UUID]) -> bool:
    """Whether one of these members is a peer of a visit to an application that names the plot."""
    row = await connection.execute(
        select(PeerRow.visit_id)
        .join(VisitRow, VisitRow.id == PeerRow.visit_id)
        .join(ApplicationPlotRow, ApplicationPlotRow.application_id == VisitRow.application_id)
        .where(ApplicationPlotRow.plot_id == plot_id, PeerRow.peer_id.in_(member_ids), PeerRow.counts)
        .limit(1)
    )
    return row.first() is not None
