"""PostgreSQL's own bench, and the driver alone, running the ledger's statement: references for what our process adds."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import TextClause, text

from embedded.cluster import ENVIRONMENT, SUPERUSER
from embedded.ports import LOOPBACK
from embedded.postgres import Postgres
from embedded.programs import postgres_programs
from members.ledger.repository import booking
from members.ledger.rules import AccountKey, Transfer
from tests.load.books import Books

_PARAMETER = re.compile(r"(?<!:):(\w+)")


def is_there() -> bool:
    """Whether it came with PostgreSQL's programs."""
    return (postgres_programs() / "pgbench").is_file()


def _script(sql: list[str], pairs: int, folder: Path) -> Path:
    script = folder / "transfer.sql"
    lines = [f"\\set n random(0, {pairs - 1})", "BEGIN;", *(f"{' '.join(s.split())};" for s in sql), "COMMIT;"]
    script.write_text("\n".join(lines) + "\n")
    return script


def _inlined(statement: TextClause, **values: str) -> str:
    """The service's own statement, with what pgbench is to put for its parameters."""
    return _PARAMETER.sub(lambda found: values[found[1]], statement.text)


def _positional(statement: TextClause) -> tuple[str, list[str]]:
    """The service's own statement as the driver takes it, and the order of its parameters."""
    order: list[str] = []
    for found in _PARAMETER.finditer(statement.text):
        if found[1] not in order:
            order.append(found[1])
    return _PARAMETER.sub(lambda found: f"${order.index(found[1]) + 1}", statement.text), order


async def prepare(books: Books, pairs: list[tuple[AccountKey, AccountKey]], folder: Path) -> Path:
    """A script of the statement that books a transfer, with the parameters that the service gives it; accounts are found
    in a table."""
    async with books.database.transaction() as work:
        await work.execute(text("CREATE TABLE pairs (n int PRIMARY KEY, debit uuid, credit uuid)"))
        for number, parties in enumerate(pairs):
            params = {"n": number, "debit": parties[0].id, "credit": parties[1].id}
            await work.execute(text("INSERT INTO pairs VALUES (:n, :debit, :credit)"), params)
    async with books.database.reading() as connection:
        await connection.execute(text("VACUUM ANALYZE pairs"))
    debit, credit = (f"(SELECT {side} FROM pairs WHERE n = :n)" for side in ("debit", "credit"))
    statement = _inlined(
        booking._ADD,
        ids="ARRAY[uuidv7()]",
        debit_ids=f"ARRAY[{debit}]",
        credit_ids=f"ARRAY[{credit}]",
        needed=f"ARRAY[{debit}, {credit}]",
        currencies="ARRAY['MXN']",
        amounts="ARRAY[100]",
        statuses="ARRAY['posted']",
        causes="ARRAY['exchange']",
        cause_ids="ARRAY[gen_random_uuid()]",
        **dict.fromkeys(("beyond", "texts", "reverses", "days", "expiries"), "'{}'"),
        now="now()",
        made_by="NULL::uuid",
        today="current_date",
    )
    return _script([statement], len(pairs), folder)


@asynccontextmanager
async def driver(books: Books, connections: int) -> AsyncIterator[Callable[[Transfer], Awaitable[int]]]:
    """Books with the same statement by the driver alone: what a Python process can reach at the most."""
    sql, order = _positional(booking._ADD)

    async def book(transfer: Transfer) -> int:
        now = datetime.now(UTC)
        params: dict[str, Any] = {
            "ids": [transfer.id],
            "debit_ids": [transfer.debit.id],
            "credit_ids": [transfer.credit.id],
            "needed": [transfer.debit.id, transfer.credit.id],
            "currencies": [transfer.debit.currency],
            "amounts": [transfer.amount],
            "statuses": ["posted"],
            "causes": [transfer.cause],
            "cause_ids": [transfer.cause_id],
            **{name: [] for name in ("beyond", "texts", "reverses", "days", "expiries")},
            "now": now,
            "made_by": None,
            "today": now.date(),
        }
        async with pool.acquire() as connection, connection.transaction():
            await connection.fetch(sql, *(params[name] for name in order))
        return 1

    async with asyncpg.create_pool(books.url, min_size=connections, max_size=connections) as pool:
        yield book


async def rate(
    server: Postgres, database: str, script: Path, *, clients: int, seconds: float, prefix: Sequence[str] = ()
) -> float:
    """Transactions a second; ``prefix`` is a command that runs the rest, such as taskset."""
    command: list[str | Path] = [
        *prefix,
        postgres_programs() / "pgbench",
        "-n",
        "-M",
        "prepared",
        "-c",
        str(clients),
        "-T",
        str(int(seconds)),
    ]
    place = {"PGHOST": LOOPBACK, "PGPORT": str(server.port), "PGUSER": SUPERUSER, "PGPASSWORD": server.password}

    def run() -> subprocess.CompletedProcess[str]:
        arguments = [*command, "-f", script, database]
        return subprocess.run(arguments, env=ENVIRONMENT | place, capture_output=True, text=True, check=True)

    ran = await asyncio.to_thread(run)
    return float(next(line.split()[2] for line in ran.stdout.splitlines() if line.startswith("tps")))
