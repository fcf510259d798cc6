"""How long a count takes, open and secret, at two sizes of the roll. ``make bench`` runs it.

Reference, in the same run: a SELECT of the same ballots grouped by what they choose, without roll and delegations.
"""

import asyncio
import time
from uuid import UUID, uuid4

from sqlalchemy import text

from embedded import postgres
from kit.database import Database, Work
from kit.migrations import upgrade
from members.decisions.service import counting

SIZES = (1_000, 10_000)
MEMBERS = """
INSERT INTO members (id, number, kind, name, email, language, applied_at, version)
SELECT gen_random_uuid(), 'M-' || n, 'household', 'Casa ' || n, n || '@example.org', 'es', now() - interval '1 day', 2
FROM generate_series(1, :size) AS n
"""
FACTS = """
INSERT INTO standing_facts (member_id, kind, effective_at, effective_on, recorded_at, reason)
SELECT id, 'admitted', now() - interval '1 hour', current_date, now(), '' FROM members
"""
PROPOSAL = """
INSERT INTO proposals (id, title, text, method, majority, ballot, options, max_choices, seats, quorum_percent,
                       in_arrears, weights, delegation, opens_at, closes_at, made_at, announced_at, version)
VALUES (:id, 'Bench', '', 'majority', 'simple', :ballot,
        '[{"key": "yes", "text": ""}, {"key": "no", "text": ""}, {"key": "abstain", "text": ""}]', 1, 1, 20, true, '{}',
        :delegation, now() - interval '1 second', now() + interval '1 day', now(), now(), 1)
"""
#: Four in five vote, one in two of those changes its vote, and the fifth delegates.
OPENLY = """
INSERT INTO ballots (proposal_id, member_id, place, choices, reason, cast_at, cast_by)
SELECT :id, member_id, 0, ARRAY[(ARRAY['yes', 'no', 'abstain'])[1 + (n + t) % 3]], '', now(), member_id
FROM (SELECT member_id, row_number() OVER () AS n FROM electoral_roll WHERE proposal_id = :id) AS r, generate_series(0, 1) AS t
WHERE n % 5 > 0 AND (t = 0 OR n % 2 = 0)
"""
DELEGATED = """
WITH r AS (SELECT member_id, row_number() OVER (ORDER BY member_id) AS n FROM electoral_roll WHERE proposal_id = :id)
INSERT INTO delegations (member_id, delegate_id, said_at, said_by)
SELECT a.member_id, b.member_id, now(), a.member_id FROM r AS a JOIN r AS b ON b.n = a.n % :size + 1
WHERE NOT EXISTS (SELECT FROM ballots WHERE proposal_id = :id AND ballots.member_id = a.member_id)
"""
MARKED = "INSERT INTO voted_secretly SELECT :id, member_id FROM electoral_roll WHERE proposal_id = :id"
BOXED = """
INSERT INTO ballot_box (proposal_id, receipt_hash, choices, reason)
SELECT :id, sha256(member_id::text::bytea), ARRAY[(ARRAY['yes', 'no', 'abstain'])[1 + (random() * 2)::int]], ''
FROM electoral_roll WHERE proposal_id = :id
"""
CLOSED = "UPDATE proposals SET closes_at = clock_timestamp() WHERE id = :id"
REFERENCE = {
    "open": "SELECT choices, count(*) FROM ballots WHERE proposal_id = :id GROUP BY choices",
    "secret": "SELECT choices, count(*) FROM ballot_box WHERE proposal_id = :id GROUP BY choices",
}


async def _run(work: Work, *statements: str, guarded: bool = True, **params: object) -> None:
    """Without guards for what fills tables: ten thousand votes are not what is measured."""
    if not guarded:
        await work.execute(text("SET LOCAL session_replication_role = replica"))
    for statement in statements:
        used = {name: value for name, value in params.items() if f":{name}" in statement}
        await work.execute(text(statement), used)
    if not guarded:
        await work.execute(text("SET LOCAL session_replication_role = origin"))


async def _measure(database: Database, size: int, ballot: str) -> tuple[float, float, float]:
    """Seconds to freeze the roll, to count, and of the reference."""
    proposal_id = uuid4()
    async with database.transaction() as work:
        await _run(work, PROPOSAL, id=proposal_id, ballot=ballot, delegation=ballot == "open")
    started = time.perf_counter()
    async with database.transaction() as work:
        await counting.opened(work, proposal_id)
    frozen = time.perf_counter() - started
    async with database.transaction() as work:
        if ballot == "open":
            await _run(work, OPENLY, DELEGATED, id=proposal_id, size=size)
        else:
            await _run(work, MARKED, BOXED, guarded=False, id=proposal_id)
    reference = await _timed_reference(database, ballot, proposal_id)
    async with database.transaction() as work:
        await _run(work, CLOSED, guarded=False, id=proposal_id)
    started = time.perf_counter()
    async with database.transaction() as work:
        proposal = await counting.counted(work, proposal_id)
    counted = time.perf_counter() - started
    result = counting.result(proposal)
    if (result.entitled, result.present + result.lost) != (size, size):
        raise AssertionError(result)
    return frozen, counted, reference


async def _timed_reference(database: Database, ballot: str, proposal_id: UUID) -> float:
    async with database.reading() as connection:
        started = time.perf_counter()
        (await connection.execute(text(REFERENCE[ballot]), {"id": proposal_id})).all()
        return time.perf_counter() - started


async def main() -> None:
    print("| roll | ballot | freeze, ms | count, ms | a member, µs | × reference |\n|---|---|---|---|---|---|")
    for size in SIZES:
        with postgres.throwaway() as server:
            url = server.url()
            await asyncio.to_thread(upgrade, "members", url)
            database = Database(url, network="bench", service="members")
            async with database.transaction() as work:
                await _run(work, MEMBERS, FACTS, size=size)
            async with database.reading() as connection:
                await connection.execute(text("ANALYZE"))
            for ballot in ("open", "secret"):
                frozen, counted, reference = await _measure(database, size, ballot)
                cells = (size, ballot, frozen * 1e3, counted * 1e3, counted / size * 1e6, counted / reference)
                print("| {} | {} | {:.0f} | {:.0f} | {:.0f} | {:.1f} |".format(*cells), flush=True)
            await database.close()


if __name__ == "__main__":
    asyncio.run(main())
