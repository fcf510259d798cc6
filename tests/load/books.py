"""Books to measure on: 10,000 members' accounts and as many transfers as are asked for.

They are loaded past the triggers, which would take minutes for a million; the rows are those that the triggers would have
written, and the ledger's own check proves it at the end of every run.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import httpx
from fastapi import FastAPI

from embedded.postgres import Postgres
from kit.auth import TokenVerifier
from kit.database import Database
from kit.ids import new_id
from kit.migrations import upgrade
from kit.testing.tokens import Tokens
from members import main
from members.ledger.rules import SALES, AccountKey, Owner
from members.settings import Settings

ACCOUNTS = 10_000
#: Entries of the member whose statement is read, however large the books are.
BUSY = 2_000
#: More than any random walk comes to: these members may owe it.
BOUNDLESS = 10**12

_MEMBERS = """
INSERT INTO members (id, number, kind, name, email, language, applied_at, version)
SELECT id, 'BEN-2026-' || n, 'household', 'Familia ' || n, n || '@example.org', 'es', now(), 1
FROM unnest($1::uuid[]) WITH ORDINALITY AS m (id, n)
"""
_FACTS = """
INSERT INTO standing_facts (member_id, kind, effective_at, effective_on, recorded_at, reason)
SELECT id, 'admitted', now() - interval '1 day', current_date - 1, now(), '' FROM members
"""
_ACCOUNTS = """
INSERT INTO accounts (id, member_id, name, currency, credit_limit)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[])
"""
# Every third transfer is a sale, every ninth is in credit, and the busy member is on either side of one in so many.
_MADE = """
CREATE TEMP TABLE made AS
SELECT t.g, gen_random_uuid() AS id, d.id AS debit_id, t.currency, 1 + t.g % 997 AS amount, current_date - t.g % 300 AS day,
       CASE WHEN t.g % 3 = 0 AND NOT busy AND t.currency = 'MXN' THEN $3 ELSE c.id END AS credit_id
FROM (
    SELECT g, g % $2 = 0 AS busy, CASE WHEN g % 9 = 1 THEN 'TUMIN' ELSE 'MXN' END AS currency
    FROM generate_series(1, $1::int) AS g
) AS t
JOIN places AS d ON d.currency = t.currency
                AND d.n = CASE WHEN busy AND t.g % 2 = 0 THEN 0 ELSE 1 + t.g::bigint * 7919 % 9998 END
JOIN places AS c ON c.currency = t.currency
                AND c.n = CASE WHEN busy AND t.g % 2 = 1 THEN 0 ELSE 1 + (t.g::bigint * 7919 + 1 + t.g % 4999) % 9998 END
WHERE d.n <> c.n
"""
_LOAD = (
    "SET LOCAL session_replication_role = replica",
    """
    INSERT INTO transfers (id, debit_id, credit_id, currency, amount, status, beyond_limit, cause, cause_id, text,
                           made_at, closed_at, booked_on)
    SELECT id, debit_id, credit_id, currency, amount, 'posted', false, 'exchange', id, '', now(), now(), day
    FROM made ORDER BY g
    """,
    """
    CREATE TEMP TABLE sides AS
    SELECT g, 1 AS side, debit_id AS account_id, id, -amount AS amount, day FROM made
    UNION ALL SELECT g, 2, credit_id, id, amount, day FROM made
    """,
    """
    INSERT INTO entries (account_id, transfer_id, amount, balance)
    SELECT account_id, id, amount, sum(amount) OVER (PARTITION BY account_id ORDER BY g) FROM sides ORDER BY g, side
    """,
    """
    UPDATE accounts AS a SET posted = s.amount
    FROM (SELECT account_id, sum(amount) AS amount FROM sides GROUP BY account_id) AS s WHERE s.account_id = a.id
    """,
    """
    INSERT INTO account_days (account_id, booked_on, came_in, went_out)
    SELECT s.account_id, s.day, sum(greatest(s.amount, 0)), sum(greatest(-s.amount, 0))
    FROM sides AS s JOIN accounts AS a ON a.id = s.account_id WHERE a.name IS NOT NULL GROUP BY 1, 2
    """,
)


@dataclass(frozen=True)
class Books:
    """A members service over books of some size, without a broker: nothing but its HTTP and its database."""

    url: str
    app: FastAPI
    client: httpx.AsyncClient
    tokens: Tokens
    members: list[UUID]

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    @property
    def settings(self) -> Settings:
        settings: Settings = self.app.state.settings
        return settings

    @property
    def treasurer(self) -> dict[str, str]:
        return self.tokens.actor(roles=["treasurer"])

    def account(self, place: int, currency: str = "MXN") -> AccountKey:
        """A member's account; place 0 is the busy one's."""
        return AccountKey(Owner.member(self.members[place]), currency)

    @property
    def sales(self) -> AccountKey:
        """The account that is on every order."""
        return AccountKey(Owner.network(SALES), "MXN")


async def fill(connection: asyncpg.Connection, members: list[UUID], transfers: int) -> None:
    """Members, their accounts, transfers, and all that follows from these."""
    await connection.execute(_MEMBERS, members)
    await connection.execute(_FACTS)
    keys = [AccountKey(Owner.member(m), currency) for m in members for currency in ("MXN", "TUMIN")]
    keys += [AccountKey(Owner.network(SALES), currency) for currency in ("MXN", "TUMIN")]
    await connection.execute(
        _ACCOUNTS,
        [key.id for key in keys],
        [key.owner.member_id for key in keys],
        [key.owner.name for key in keys],
        [key.currency for key in keys],
        [BOUNDLESS if key.owner.member_id else None for key in keys],
    )
    await connection.execute("CREATE TEMP TABLE places (n int, currency text, id uuid, PRIMARY KEY (currency, n))")
    await connection.copy_records_to_table(
        "places", records=[(index // 2, key.currency, key.id) for index, key in enumerate(keys[: 2 * len(members)])]
    )
    await connection.execute("ANALYZE")
    sales, every = AccountKey(Owner.network(SALES), "MXN").id, max(2, transfers // BUSY) | 1
    await connection.execute(_MADE, transfers, every, sales)
    async with connection.transaction():
        for statement in _LOAD:
            await connection.execute(statement)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")


@asynccontextmanager
async def opened(server: Postgres, name: str, transfers: int) -> AsyncIterator[Books]:
    """Books with that many transfers in a database of their own."""
    await asyncio.to_thread(server.execute, f'CREATE DATABASE "{name}"')
    url = server.url(name)
    await asyncio.to_thread(upgrade, "members", url)
    members = [new_id() for _ in range(ACCOUNTS)]
    connection = await asyncpg.connect(url)
    await fill(connection, members, transfers)
    await connection.close()
    settings = Settings(
        network="bench", currency="MXN", credit_currency="TUMIN", database_url=url, database_pool=40, log_level="error"
    )
    app, tokens = main.build(settings), Tokens(settings.token_issuer)
    app.state.verifier = TokenVerifier(settings.token_issuer, tokens.keys)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://members", timeout=600) as client:
        yield Books(url, app, client, tokens, members)
    await app.state.database.close()
