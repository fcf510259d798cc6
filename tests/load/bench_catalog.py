"""What a list of products costs: as the catalogue grows, against ORM entities, and against PostgreSQL's own bench.

``python -m tests.load.bench_catalog`` fills catalogues of 1,000 and 100,000 products; another number after it is taken in
place of the hundred thousand. What is compared takes turns within each round, so that all meet the same noise. PostgreSQL
and the load (wrk) have one core, what answers has the other.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil
from fastapi import FastAPI
from sqlalchemy import event

from catalog import main as catalog
from catalog.products.schemas import ProductOut
from catalog.products.views import Sought, listing_query
from embedded import postgres
from embedded.ports import LOOPBACK, free_port
from embedded.postgres import Postgres
from kit.database import Database
from kit.migrations import upgrade
from kit.paging import Page, encode_cursor
from kit.testing.tokens import Tokens
from tests.load import pgbench, shop

SMALL, LARGE = 1_000, 100_000
ROUNDS, SECONDS, REQUESTS, CONNECTIONS = 5, 4, 40, 8
PAGE = 50


def say(line: str) -> None:
    print(line, flush=True)


def row(*cells: str) -> None:
    say(f"| {' | '.join(cells)} |")


@dataclass(frozen=True)
class Shop:
    """A catalog over so many products, in this process and without a broker."""

    url: str
    app: FastAPI
    client: httpx.AsyncClient
    member_id: UUID
    tokens: Tokens

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database


async def opened(server: Postgres, name: str, number: int) -> Shop:
    server.execute(f"CREATE DATABASE {name}")
    url = server.url(name)
    await asyncio.to_thread(upgrade, "catalog", url)
    started = time.perf_counter()
    app = catalog.build(shop.settings(url, "warning"))
    members = await shop.fill(app.state.database, number)
    say(f"{number:,} products written in {time.perf_counter() - started:.0f} s")
    tokens = Tokens("/networks/bench")
    app.state.verifier = type(app.state.verifier)("/networks/bench", tokens.keys)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://catalog")
    return Shop(url, app, client, members[0], tokens)


# As it grows


async def questions(of: Shop) -> dict[str, Callable[[], Awaitable[Any]]]:
    """What is asked of the list, by name."""
    headers = of.tokens.actor(roles=["producer"], members=[of.member_id])

    def get(path: str, headers: dict[str, str] | None = None, **query: Any) -> Callable[[], Awaitable[httpx.Response]]:
        async def ask() -> httpx.Response:
            answer = await of.client.get(path, params={"limit": PAGE, **query}, headers=headers)
            answer.raise_for_status()
            return answer

        return ask

    async with of.database.reading() as connection:
        middle = await connection.exec_driver_sql(
            "SELECT sort_name, id FROM products ORDER BY sort_name, id OFFSET (SELECT count(*) / 2 FROM products) LIMIT 1"
        )
        found = middle.one()
    return {
        "first page of 50": get("/v1/products"),
        "a page from the middle": get("/v1/products", after=encode_cursor((found.sort_name, found.id))),
        "first page of a category": get("/v1/products", category="bread"),
        "first page with a practice": get("/v1/products", practice="organic"),
        "first page with a word": get("/v1/products", q="miel"),
        "an owner's own list": get("/v1/products/own", headers),
    }


@contextmanager
def counted(of: Shop) -> Iterator[list[str]]:
    """The statements that the block sends."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    engine = of.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def timed(call: Callable[[], Awaitable[Any]]) -> float:
    started = time.perf_counter()
    await call()
    return time.perf_counter() - started


async def growing(small: Shop, large: Shop, number: int) -> None:
    asked = {"small": await questions(small), "large": await questions(large)}
    say(f"\nOver HTTP in process, {PAGE} a page; {SMALL:,} products against {number:,} (medians):\n")
    row("question", "small", "large", "large / small", "statements")
    row("---", "---", "---", "---", "---")
    for name in asked["small"]:
        statements = []
        for size, of in (("small", small), ("large", large)):
            with counted(of) as sent:
                await asked[size][name]()
            statements.append(str(len(sent)))
        rounds = []
        for _ in range(ROUNDS):
            taken: dict[str, list[float]] = {"small": [], "large": []}
            for _ in range(REQUESTS):
                for size, seconds in taken.items():
                    seconds.append(await timed(asked[size][name]))
            rounds.append([statistics.median(taken[size]) for size in ("small", "large")])
        first, second = (statistics.median(column) for column in zip(*rounds, strict=True))
        ratio = statistics.median(pair[1] / pair[0] for pair in rounds)
        row(name, f"{first * 1e3:.2f} ms", f"{second * 1e3:.2f} ms", f"**{ratio:.2f}**", ", ".join(statements))


# Against the ORM and against pgbench


@contextmanager
def serving(url: str) -> Iterator[tuple[str, psutil.Process]]:
    """The catalog and the reference in a process of its own, as in ``make run`` but for the background."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "tests.load.shop:app", "--lifespan", "off"]
    command += ["--host", LOOPBACK, "--port", str(port), "--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    command += ["--log-level", "warning"]
    environment = {**os.environ, "TRAMA_DATABASE_URL": url, "TRAMA_NETWORK": "bench"}
    with subprocess.Popen([*on_core(0), *command], env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + 60
            while socket.socket().connect_ex((LOOPBACK, port)):
                if time.monotonic() > end or process.poll() is not None:
                    raise RuntimeError("the catalog did not start")
                time.sleep(0.1)
            yield f"http://{LOOPBACK}:{port}", psutil.Process(process.pid)
        finally:
            process.terminate()


def on_core(core: int) -> list[str]:
    return ["taskset", "-c", str(core)]


def pin(server: Postgres) -> None:
    """PostgreSQL and its processes to come on the second core."""
    main_process = psutil.Process(server.pid)
    for process in (main_process, *main_process.children(recursive=True)):
        process.cpu_affinity([1])


@dataclass(frozen=True)
class Spent:
    """Processor time so far, in seconds: of what answers, and of PostgreSQL."""

    answering: float
    database: float

    @classmethod
    def now(cls, server: Postgres, answering: psutil.Process) -> "Spent":
        own, main_process = answering.cpu_times(), psutil.Process(server.pid)
        # Those that have ended count with the one that started them.
        parts = [main_process.cpu_times().children_user + main_process.cpu_times().children_system]
        for process in main_process.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                parts.append(process.cpu_times().user + process.cpu_times().system)
        return cls(own.user + own.system, sum(parts))


@dataclass(frozen=True)
class Measured:
    """Answers a second, and milliseconds of processor time an answer, of what answers and of PostgreSQL."""

    rate: float
    answering: float
    database: float


async def measured(server: Postgres, answering: psutil.Process, measure: Callable[[], Awaitable[float]]) -> Measured:
    before = Spent.now(server, answering)
    rate = await measure()
    # Until those who have ended are counted.
    await asyncio.sleep(0.3)
    after, answers = Spent.now(server, answering), rate * SECONDS / 1000
    return Measured(rate, (after.answering - before.answering) / answers, (after.database - before.database) / answers)


async def requests_a_second(address: str) -> float:
    command = [*on_core(1), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", address]
    ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    if "Non-2xx" in ran.stdout:
        raise RuntimeError(ran.stdout)
    return float(next(line.split()[1] for line in ran.stdout.splitlines() if line.startswith("Requests/sec")))


def listing_sql(of: Shop) -> str:
    """The statement that answers the first page, as it is sent, with its parameters written out."""
    query = listing_query(Sought(), None, PAGE + 1)
    return str(query.compile(dialect=of.database.engine.dialect, compile_kwargs={"literal_binds": True}))


async def alike(address: str) -> None:
    """Both answer the same: what is compared is how."""
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        answers = [
            Page[ProductOut].model_validate_json((await client.get(path, params={"limit": PAGE})).content)
            for path in ("/v1/products", "/orm/products")
        ]
    if answers[0] != answers[1] or len(answers[0].items) != PAGE:
        raise RuntimeError("the reference does not answer what the catalog answers")


async def against(server: Postgres, large: Shop, name: str, folder: Path) -> None:
    missing = [program for program in ("wrk", "taskset") if shutil.which(program) is None]
    if missing or not pgbench.is_there() or (os.cpu_count() or 1) < 2:
        say(f"\nWithout {', '.join(missing) or 'pgbench or a second core'} there is no comparison with other ways.")
        return
    script = folder / "list.sql"
    script.write_text(f"{' '.join(listing_sql(large).split())};\n")
    pin(server)
    with ExitStack() as stack:
        address, answering = stack.enter_context(serving(large.url))
        await alike(address)
        ways: dict[str, Callable[[], Awaitable[float]]] = {
            "pgbench, the same statement": lambda: pgbench.rate(
                server, name, script, clients=CONNECTIONS, seconds=SECONDS, prefix=on_core(0)
            ),
            "ORM entities and response_model": lambda: requests_a_second(f"{address}/orm/products?limit={PAGE}"),
            "ours": lambda: requests_a_second(f"{address}/v1/products?limit={PAGE}"),
        }
        for measure in ways.values():
            await measure()
        rounds = [
            {way: await measured(server, answering, measure) for way, measure in ways.items()} for _ in range(ROUNDS)
        ]
    show(rounds)


def show(rounds: list[dict[str, Measured]]) -> None:
    say(f"\nThe first page of {PAGE}, {CONNECTIONS} connections, medians of {ROUNDS} rounds:\n")
    row("way", "answers/s", "× ORM", "× pgbench", "from – to", "ms of processor: answering, PostgreSQL")
    row("---", "---", "---", "---", "---", "---")
    benched, orm, _ = rounds[0]
    for way in rounds[0]:
        to_orm, to_pgbench = (
            sorted(found[way].rate / found[other].rate for found in rounds) for other in (orm, benched)
        )
        spent = [statistics.median(getattr(found[way], part) for found in rounds) for part in ("answering", "database")]
        row(
            way,
            f"{statistics.median(found[way].rate for found in rounds):.0f}",
            f"**{statistics.median(to_orm):.2f}**",
            f"**{statistics.median(to_pgbench):.2f}**",
            f"{to_orm[0]:.2f} – {to_orm[-1]:.2f}; {to_pgbench[0]:.2f} – {to_pgbench[-1]:.2f}",
            f"{spent[0]:.2f}, {spent[1]:.2f}",
        )


async def measure(server: Postgres, folder: Path, number: int) -> None:
    small, large = await opened(server, "small", SMALL), await opened(server, "large", number)
    await growing(small, large, number)
    await against(server, large, "large", folder)
    for one in (small, large):
        await one.client.aclose()
        await one.database.close()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="trama-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with postgres.running(folder / "postgres") as server:
            asyncio.run(measure(server, folder, int(sys.argv[1]) if sys.argv[1:] else LARGE))


if __name__ == "__main__":
    main()
