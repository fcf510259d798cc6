"""SQL of ballots, open and secret.

A secret ballot and the mark that its member voted are written by one transaction, and PostgreSQL keeps with each row
which transaction that was. So every transaction that puts a ballot into the box, or changes one, writes a handful of
others again as they are (``shuffled``), and the count writes all of them at once, in the order of their hashes.
"""

import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from members.decisions.models import BallotRow, BoxedBallot, CountedBallot, Mark, RepresentationRow
from members.decisions.rules.counting import RollEntry
from members.membership.models import Member

#: Ballots that are written again with each that is cast.
SHUFFLED = 32

# From a place that only chance knows, around the end of the list; what somebody else is writing is left out.
_SHUFFLE = """
shuffled AS (
    UPDATE ballot_box SET choices = choices WHERE (proposal_id, receipt_hash) IN (
        SELECT proposal_id, receipt_hash FROM ballot_box
        WHERE proposal_id = :proposal_id AND receipt_hash <> :receipt_hash
        ORDER BY receipt_hash < :start, receipt_hash LIMIT :shuffled FOR UPDATE SKIP LOCKED)
)"""
_PUT = text(f"""
WITH marked AS (
    INSERT INTO voted_secretly (proposal_id, member_id) VALUES (:proposal_id, :member_id)
), {_SHUFFLE}
INSERT INTO ballot_box (proposal_id, receipt_hash, choices, reason)
VALUES (:proposal_id, :receipt_hash, :choices, :reason)
""")  # noqa: S608 — no part of it comes from outside
_CHANGE = text(f"""
WITH {_SHUFFLE}
UPDATE ballot_box SET choices = :choices, reason = :reason
WHERE proposal_id = :proposal_id AND receipt_hash = :receipt_hash RETURNING 1
""")  # noqa: S608 — no part of it comes from outside
_COUNTED = text("""
INSERT INTO counted_ballots (proposal_id, receipt_hash, choices, reason)
SELECT proposal_id, receipt_hash, choices, reason FROM ballot_box WHERE proposal_id = :proposal_id
ORDER BY receipt_hash
RETURNING choices
""")
_EMPTY = text("DELETE FROM ballot_box WHERE proposal_id = :proposal_id")
_LATEST = """
    SELECT DISTINCT ON (member_id) member_id, choices FROM ballots WHERE proposal_id = :proposal_id
    ORDER BY member_id, place DESC"""
_IN_FORCE = """
    SELECT member_id,
           (array_agg(delegate_id ORDER BY proposal_id NULLS LAST) FILTER (WHERE delegate_id IS NOT NULL))[1]
               AS delegate_id
    FROM (
        SELECT DISTINCT ON (member_id, proposal_id) member_id, proposal_id, delegate_id FROM delegations
        WHERE (proposal_id = :proposal_id OR proposal_id IS NULL) AND said_at < :closes_at
        ORDER BY member_id, proposal_id, id DESC
    ) AS said GROUP BY member_id"""
_KEPT = "SELECT member_id, delegate_id FROM representations WHERE proposal_id = :proposal_id"
_NOBODY = "SELECT CAST(NULL AS uuid) AS member_id, CAST(NULL AS uuid) AS delegate_id WHERE false"

_OBJECTIONS = text("""
SELECT reason FROM (
    SELECT DISTINCT ON (member_id) choices, reason FROM ballots WHERE proposal_id = :proposal_id
    ORDER BY member_id, place DESC) AS latest
WHERE 'object' = ANY (choices)
UNION ALL
SELECT reason FROM counted_ballots WHERE proposal_id = :proposal_id AND 'object' = ANY (choices)
ORDER BY reason
""")


def _votes(delegations: str) -> Any:
    return text(f"""
        SELECT r.member_id, r.weight, b.choices, d.delegate_id FROM electoral_roll AS r
        LEFT JOIN ({_LATEST}) AS b ON b.member_id = r.member_id
        LEFT JOIN ({delegations}) AS d ON d.member_id = r.member_id
        WHERE r.proposal_id = :proposal_id
    """)  # noqa: S608 — no part of it comes from outside


_VOTES_NOW, _VOTES_COUNTED, _VOTES_OWN = _votes(_IN_FORCE), _votes(_KEPT), _votes(_NOBODY)


class Refused(Exception):
    """The database does not take this vote: voting has closed since it was looked at."""


@asynccontextmanager
async def _taken() -> AsyncIterator[None]:
    try:
        yield
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == "23001":
            raise Refused from error
        raise


async def cast(
    connection: AsyncConnection, proposal_id: UUID, member_id: UUID, choices: Sequence[str], reason: str, *, by: UUID
) -> Row[*tuple[Any, ...]]:
    """Adds an open ballot; its place and instant are the database's. Raises Refused."""
    statement = (
        insert(BallotRow)
        .values(
            proposal_id=proposal_id,
            member_id=member_id,
            place=0,
            choices=list(choices),
            reason=reason,
            cast_at=func.now(),
            cast_by=by,
        )
        .returning(BallotRow.choices, BallotRow.reason, BallotRow.cast_at, BallotRow.place)
    )
    async with _taken():
        return (await connection.execute(statement)).one()


async def history(connection: AsyncConnection, proposal_id: UUID, member_id: UUID) -> Sequence[Row[*tuple[Any, ...]]]:
    """A member's open ballots, the one that counts first."""
    statement = (
        select(BallotRow.choices, BallotRow.reason, BallotRow.cast_at, BallotRow.place)
        .where(BallotRow.proposal_id == proposal_id, BallotRow.member_id == member_id)
        .order_by(BallotRow.place.desc())
    )
    return (await connection.execute(statement)).all()


async def marked(connection: AsyncConnection, proposal_id: UUID, member_id: UUID) -> bool:
    """Whether the member has voted secretly."""
    statement = select(func.count()).where(Mark.proposal_id == proposal_id, Mark.member_id == member_id)
    return bool((await connection.execute(statement)).scalar_one())


def _secret(proposal_id: UUID, receipt_hash: bytes, choices: Sequence[str], reason: str) -> dict[str, Any]:
    return {
        "proposal_id": proposal_id,
        "receipt_hash": receipt_hash,
        "choices": list(choices),
        "reason": reason,
        "start": secrets.token_bytes(32),
        "shuffled": SHUFFLED,
    }


async def put(
    connection: AsyncConnection,
    proposal_id: UUID,
    member_id: UUID,
    *,
    receipt_hash: bytes,
    choices: Sequence[str],
    reason: str,
) -> None:
    """Marks the member and puts the ballot into the box. Raises Refused."""
    values = {**_secret(proposal_id, receipt_hash, choices, reason), "member_id": member_id}
    async with _taken():
        await connection.execute(_PUT, values)


async def replace(
    connection: AsyncConnection, proposal_id: UUID, receipt_hash: bytes, choices: Sequence[str], reason: str
) -> bool:
    """Writes the ballot of this receipt anew. False if there is none. Raises Refused."""
    async with _taken():
        found = await connection.execute(_CHANGE, _secret(proposal_id, receipt_hash, choices, reason))
    return found.one_or_none() is not None


async def by_receipt(
    connection: AsyncConnection, proposal_id: UUID, receipt_hash: bytes
) -> tuple[bool, Row[*tuple[Any, ...]]] | None:
    """Whether the ballot of this receipt has been counted, and what is on it."""
    for counted, table in ((True, CountedBallot), (False, BoxedBallot)):
        statement = select(table.choices, table.reason).where(
            table.proposal_id == proposal_id, table.receipt_hash == receipt_hash
        )
        row = (await connection.execute(statement)).one_or_none()
        if row is not None:
            return counted, row
    return None


async def empty_box(connection: AsyncConnection, proposal_id: UUID) -> list[tuple[str, ...]]:
    """Lays all ballots of the box on the table, in the order of their hashes; returns what is on them."""
    found = await connection.execute(_COUNTED, {"proposal_id": proposal_id})
    choices = [tuple(row.choices) for row in found]
    await connection.execute(_EMPTY, {"proposal_id": proposal_id})
    return choices


async def counted(connection: AsyncConnection, proposal_id: UUID) -> list[tuple[str, ...]]:
    """What is on the secret ballots that were counted."""
    statement = select(CountedBallot.choices).where(CountedBallot.proposal_id == proposal_id)
    return [tuple(choices) for choices in (await connection.execute(statement)).scalars()]


async def roll(connection: AsyncConnection, proposal_id: UUID, closes_at: Any, *, delegation: bool) -> list[RollEntry]:
    """Everybody on the roll with the ballot and the delegation that are in force at closing: one statement."""
    statement = _VOTES_NOW if delegation else _VOTES_OWN
    values = {"proposal_id": proposal_id, **({"closes_at": closes_at} if delegation else {})}
    return [_entry(row) for row in await connection.execute(statement, values)]


async def roll_as_counted(connection: AsyncConnection, proposal_id: UUID) -> list[RollEntry]:
    """The same as it was when it was counted."""
    return [_entry(row) for row in await connection.execute(_VOTES_COUNTED, {"proposal_id": proposal_id})]


def _entry(row: Row[*tuple[Any, ...]]) -> RollEntry:
    choices = None if row.choices is None else tuple(row.choices)
    return RollEntry(row.member_id, row.weight, choices, row.delegate_id)


async def keep_delegations(connection: AsyncConnection, proposal_id: UUID, entries: Iterable[RollEntry]) -> None:
    """Writes down the delegations that the count goes by."""
    rows = [
        {"proposal_id": proposal_id, "member_id": entry.member_id, "delegate_id": entry.delegate_id}
        for entry in entries
        if entry.delegate_id is not None
    ]
    if rows:
        await connection.execute(insert(RepresentationRow), rows)


async def objections(connection: AsyncConnection, proposal_id: UUID) -> list[str]:
    """The reasons on the ballots that object and count, in the order of their words: not of their voters."""
    return list((await connection.execute(_OBJECTIONS, {"proposal_id": proposal_id})).scalars())


async def open_page(
    connection: AsyncConnection, proposal_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The open ballots that count, by member; one more than ``limit`` if there are more."""
    statement = (
        select(BallotRow.member_id, Member.name, BallotRow.choices, BallotRow.reason, BallotRow.cast_at)
        .ext(distinct_on(BallotRow.member_id))
        .join(Member, Member.id == BallotRow.member_id)
        .where(BallotRow.proposal_id == proposal_id)
        .order_by(BallotRow.member_id, BallotRow.place.desc())
        .limit(limit + 1)
    )
    if after is not None:
        statement = statement.where(BallotRow.member_id > after)
    return (await connection.execute(statement)).all()


async def secret_page(
    connection: AsyncConnection, proposal_id: UUID, *, after: bytes | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The secret ballots that were counted, by the hashes of their receipts."""
    statement = (
        select(CountedBallot.receipt_hash, CountedBallot.choices, CountedBallot.reason)
        .where(CountedBallot.proposal_id == proposal_id)
        .order_by(CountedBallot.receipt_hash)
        .limit(limit + 1)
    )
    if after is not None:
        statement = statement.where(CountedBallot.receipt_hash > after)
    return (await connection.execute(statement)).all()
