"""PostgreSQL's own bench, running the ledger's statements: the reference for what our process adds."""

import asyncio
import json
import subprocess
from pathlib import Path
from uuid import uuid4

from sqlalchemy import TextClause, text

from embedded.cluster import ENVIRONMENT, SUPERUSER
from embedded.ports import LOOPBACK
from embedded.postgres import Postgres
from embedded.programs import postgres_programs
from members.ledger.repository import booking
from members.ledger.rules import AccountKey
from tests.load.books import Books


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
    sql = statement.text
    for name, value in values.items():
        sql = sql.replace(f":{name}", value)
    return sql


async def prepare(books: Books, pairs: list[tuple[AccountKey, AccountKey]], folder: Path) -> Path:
    """A script of the statements that book a transfer, with the parameters that the service gives them, found in a table."""
    async with books.database.transaction() as work:
        await work.execute(text("CREATE TABLE pairs (n int PRIMARY KEY, ids uuid[], rows text)"))
        for number, parties in enumerate(pairs):
            transfer = {
                "id": "FRESH",
                "debit_id": str(parties[0].id),
                "credit_id": str(parties[1].id),
                "currency": "MXN",
                "amount": 100,
                "status": "posted",
                "beyond_limit": False,
                "cause": "exchange",
                "cause_id": str(uuid4()),
                "text": "",
            }
            params = {"n": number, "ids": [key.id for key in parties], "rows": json.dumps([transfer])}
            await work.execute(text("INSERT INTO pairs VALUES (:n, :ids, :rows)"), params)
    async with books.database.reading() as connection:
        await connection.execute(text("VACUUM ANALYZE pairs"))
    pair = "(SELECT ids FROM pairs WHERE n = :n)"
    fresh = "(SELECT replace(rows, 'FRESH', gen_random_uuid()::text) FROM pairs WHERE n = :n)"
    statements = [
        _inlined(booking._LOCK_IF_OPEN, ids=pair, needed=pair, holds_of="'{}'"),
        _inlined(booking._ADD, rows=fresh, now="now()", made_by="NULL::uuid", today="current_date"),
    ]
    return _script(statements, len(pairs), folder)


async def rate(server: Postgres, database: str, script: Path, *, clients: int, seconds: float) -> float:
    """Transactions a second."""
    command: list[str | Path] = [
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
