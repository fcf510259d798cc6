"""SQL of proposals and signatures."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import DecisionMatter
from members.decisions.models import BallotRow, Mark, ProposalRow, Signature
from members.decisions.rules.proposals import Content, Option, Proposal, Quorum, Seen, State
from members.membership.models import Member

_CLOCK = text("SELECT clock_timestamp()")
_ALIVE = and_(ProposalRow.counted_at.is_(None), ProposalRow.cancelled_at.is_(None))
_COLUMNS = [column for column in ProposalRow.__table__.columns if column.name != "cancelled_by"]


def _proposal(row: Row[*tuple[Any, ...]]) -> Proposal:
    content = Content(
        title=row.title,
        text=row.text,
        method=row.method,
        majority=row.majority,
        ballot=row.ballot,
        options=tuple(Option(option["key"], option["text"]) for option in row.options),
        max_choices=row.max_choices,
        seats=row.seats,
        quorum=Quorum(row.quorum_percent, row.quorum_number),
        kinds=None if row.kinds is None else tuple(row.kinds),
        in_arrears=row.in_arrears,
        weights=row.weights,
        delegation=row.delegation,
        matter=row.matter,
        matter_id=row.matter_id,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
    )
    return Proposal(
        id=row.id,
        content=content,
        made_at=row.made_at,
        made_by=row.made_by,
        proposed_by=row.proposed_by,
        announced_at=row.announced_at,
        opened_at=row.opened_at,
        entitled=row.entitled,
        cancelled_at=row.cancelled_at,
        cancelled_because=row.cancelled_because,
        counted_at=row.counted_at,
        result=row.result,
        version=row.version,
    )


def _values(content: Content) -> dict[str, Any]:
    values = {name: getattr(content, name) for name in Content.__dataclass_fields__ if name != "quorum"}
    return {
        **values,
        "options": [asdict(option) for option in content.options],
        "kinds": None if content.kinds is None else list(content.kinds),
        "weights": dict(content.weights),
        "quorum_percent": content.quorum.percent,
        "quorum_number": content.quorum.number,
    }


async def add(
    connection: AsyncConnection,
    proposal_id: UUID,
    content: Content,
    *,
    now: datetime,
    made_by: UUID | None,
    proposed_by: UUID | None,
    announced: bool,
) -> bool:
    """False if the id is taken, or the application it is about is being voted on already."""
    statement = (
        insert(ProposalRow)
        .values(
            **_values(content),
            id=proposal_id,
            made_at=now,
            made_by=made_by,
            proposed_by=proposed_by,
            announced_at=now if announced else None,
            version=1,
        )
        .on_conflict_do_nothing()
        .returning(ProposalRow.id)
    )
    return (await connection.execute(statement)).one_or_none() is not None


async def proposal(connection: AsyncConnection, proposal_id: UUID) -> Proposal | None:
    row = (await connection.execute(select(*_COLUMNS).where(ProposalRow.id == proposal_id))).one_or_none()
    return None if row is None else _proposal(row)


async def locked(
    connection: AsyncConnection, proposal_id: UUID, *, shared: bool = False
) -> tuple[Proposal, datetime] | None:
    """The proposal as it is until this transaction ends, and the database's clock once it is held.

    Those who vote hold it ``shared``; who opens, changes, cancels or counts it holds it alone.
    """
    statement = select(*_COLUMNS).where(ProposalRow.id == proposal_id)
    held = statement.with_for_update(read=True) if shared else statement.with_for_update(key_share=True)
    row = (await connection.execute(held)).one_or_none()
    return None if row is None else (_proposal(row), (await connection.execute(_CLOCK)).scalar_one())


async def change(connection: AsyncConnection, proposal_id: UUID, content: Content) -> None:
    await write(connection, proposal_id, _values(content))


async def write(connection: AsyncConnection, proposal_id: UUID, values: Mapping[str, Any]) -> None:
    """Writes these columns, as the next version."""
    statement = update(ProposalRow).where(ProposalRow.id == proposal_id)
    await connection.execute(statement.values(**values, version=ProposalRow.version + 1))


def _in_state(state: State, now: datetime) -> ColumnElement[bool]:
    announced = and_(_ALIVE, ProposalRow.announced_at.is_not(None))
    return {
        "draft": and_(_ALIVE, ProposalRow.announced_at.is_(None)),
        "announced": and_(announced, ProposalRow.opens_at > now),
        "open": and_(announced, ProposalRow.opens_at <= now, ProposalRow.closes_at > now),
        "closed": and_(announced, ProposalRow.closes_at <= now),
        "counted": ProposalRow.counted_at.is_not(None),
        "cancelled": ProposalRow.cancelled_at.is_not(None),
    }[state]


def _with_turnout() -> Select[*tuple[Any, ...]]:
    """Proposals as ``Seen`` wants them."""
    signatures = select(func.count()).where(Signature.proposal_id == ProposalRow.id).scalar_subquery()
    openly = (
        select(func.count(BallotRow.member_id.distinct()))
        .where(BallotRow.proposal_id == ProposalRow.id)
        .scalar_subquery()
    )
    secretly = select(func.count()).where(Mark.proposal_id == ProposalRow.id).scalar_subquery()
    proposer = select(Member.name).where(Member.id == ProposalRow.proposed_by).scalar_subquery()
    return select(
        *_COLUMNS,
        signatures.label("signatures"),
        (openly + secretly).label("voted"),
        proposer.label("proposer"),
    )


def _seen(row: Row[*tuple[Any, ...]]) -> Seen:
    return Seen(_proposal(row), row.signatures, row.voted, row.proposer)


async def seen(connection: AsyncConnection, proposal_id: UUID) -> Seen | None:
    row = (await connection.execute(_with_turnout().where(ProposalRow.id == proposal_id))).one_or_none()
    return None if row is None else _seen(row)


async def page(
    connection: AsyncConnection,
    now: datetime,
    *,
    state: State | None,
    matter_id: UUID | None,
    drafts: bool,
    signable: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Seen]:
    """Proposals, newest first; one more than ``limit`` if there are more. With ``drafts`` also those of coordinators,
    with ``signable`` those of members."""
    statement = _with_turnout().order_by(ProposalRow.made_at.desc(), ProposalRow.id.desc()).limit(limit + 1)
    if not drafts:
        shown = [ProposalRow.announced_at.is_not(None)]
        statement = statement.where(or_(*shown, ProposalRow.proposed_by.is_not(None)) if signable else or_(*shown))
    if state is not None:
        statement = statement.where(_in_state(state, now))
    if matter_id is not None:
        statement = statement.where(ProposalRow.matter_id == matter_id)
    if after is not None:
        made_at, proposal_id = after
        statement = statement.where(
            or_(
                ProposalRow.made_at < made_at,
                and_(ProposalRow.made_at == made_at, ProposalRow.id < proposal_id),
            )
        )
    return [_seen(row) for row in await connection.execute(statement)]


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Proposals that are to be opened or counted by now, those that close first, first."""
    opening = and_(ProposalRow.opened_at.is_(None), ProposalRow.opens_at <= now)
    statement = (
        select(ProposalRow.id)
        .where(ProposalRow.announced_at.is_not(None), _ALIVE, or_(opening, ProposalRow.closes_at <= now))
        .order_by(ProposalRow.closes_at, ProposalRow.id)
        .limit(limit)
    )
    return list((await connection.execute(statement)).scalars())


async def under_way(connection: AsyncConnection, matter: DecisionMatter, matter_ids: Collection[UUID]) -> list[UUID]:
    """Proposals about these that are not decided yet, in an order in which they can be locked."""
    statement = (
        select(ProposalRow.id)
        .where(ProposalRow.matter == matter, ProposalRow.matter_id.in_(matter_ids), _ALIVE)
        .order_by(ProposalRow.id)
    )
    return list((await connection.execute(statement)).scalars())


async def sign(connection: AsyncConnection, proposal_id: UUID, member_id: UUID, *, now: datetime, by: UUID) -> int:
    """Adds the signature, once; returns how many there are."""
    values = {"proposal_id": proposal_id, "member_id": member_id, "signed_at": now, "signed_by": by}
    await connection.execute(insert(Signature).values(values).on_conflict_do_nothing())
    return await signatures(connection, proposal_id)


async def signatures(connection: AsyncConnection, proposal_id: UUID) -> int:
    statement = select(func.count()).where(Signature.proposal_id == proposal_id)
    return (await connection.execute(statement)).scalar_one()
