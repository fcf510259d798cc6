"""SQL of who is to be told of a vote, and was."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from members.decisions.models import BallotRow, DelegationRow, LetterRow, Mark, ProposalRow, RollRow
from members.membership.models import Member

LetterKind = Literal["opened", "reminder"]


async def wanted(
    connection: AsyncConnection, kind: LetterKind, now: datetime, *, before: timedelta, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Who is to be written to now and has not been: those on the roll of an open vote; with ``reminder`` those of them
    who have neither voted nor delegated, from ``before`` its closing on. One whose vote opened later than that is not
    reminded of it."""
    statement = (
        select(
            ProposalRow.id.label("proposal_id"),
            ProposalRow.title,
            ProposalRow.ballot,
            ProposalRow.closes_at,
            Member.id.label("member_id"),
            Member.name,
            Member.email,
            Member.language,
        )
        .join(RollRow, RollRow.proposal_id == ProposalRow.id)
        .join(Member, Member.id == RollRow.member_id)
        .where(
            ProposalRow.opened_at.is_not(None),
            ProposalRow.cancelled_at.is_(None),
            ProposalRow.counted_at.is_(None),
            ProposalRow.closes_at > now,
            Member.email.like("_%@_%"),
            ~exists().where(
                LetterRow.proposal_id == RollRow.proposal_id,
                LetterRow.member_id == RollRow.member_id,
                LetterRow.kind == kind,
            ),
        )
        .order_by(ProposalRow.closes_at, ProposalRow.id, RollRow.member_id)
        .limit(limit)
    )
    if kind == "reminder":
        delegated = exists().where(
            ProposalRow.delegation,
            DelegationRow.member_id == RollRow.member_id,
            DelegationRow.delegate_id.is_not(None),
            (DelegationRow.proposal_id == ProposalRow.id) | DelegationRow.proposal_id.is_(None),
        )
        statement = statement.where(
            ProposalRow.closes_at <= now + before,
            ProposalRow.opens_at < ProposalRow.closes_at - before,
            ~exists().where(BallotRow.proposal_id == RollRow.proposal_id, BallotRow.member_id == RollRow.member_id),
            ~exists().where(Mark.proposal_id == RollRow.proposal_id, Mark.member_id == RollRow.member_id),
            ~delegated,
        )
    return (await connection.execute(statement)).all()


async def written(connection: AsyncConnection, rows: Sequence[Row[*tuple[Any, ...]]], kind: str, now: datetime) -> None:
    """Notes that they have been told: once each, the table sees to it."""
    if rows:
        values = [
            {"proposal_id": row.proposal_id, "member_id": row.member_id, "kind": kind, "written_at": now}
            for row in rows
        ]
        await connection.execute(insert(LetterRow), values)
