"""What a trace costs as the table of flows grows: back to the cans and forward to the families' lines.

``python -m tests.load.bench_trace`` fills chains of 10,000 and of 1,000,000 flows; another number after it is taken in place
of the million. Both sizes take turns question by question, so that both meet the same noise; answers are of the same size.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text

from catalog.lots.repository.traces import BACK, FORWARD
from catalog.lots.rules.tracing import Direction
from catalog.lots.service import forward, tracing
from embedded import postgres
from embedded.postgres import Postgres
from tests.load.chains import Chains, opened

SMALL, LARGE = 10_000, 1_000_000
QUESTIONS = 200

type Ask = Callable[[Chains, tuple[UUID, UUID, UUID]], Awaitable[int]]


def say(line: str) -> None:
    print(line, flush=True)


def row(*cells: str) -> None:
    say(f"| {' | '.join(cells)} |")


def recursive(query: str, place: int) -> Ask:
    """The recursive statement alone; how many lots it finds."""

    async def ask(chains: Chains, start: tuple[UUID, UUID, UUID]) -> int:
        async with chains.database.reading() as connection:
            params = {"lots": [start[place]], "containers": False, "most": 5_001}
            return len((await connection.execute(text(query), params)).all())

    return ask


def whole(direction: Direction, place: int) -> Ask:
    """A trace with its lots, events, flows and lines."""

    async def ask(chains: Chains, start: tuple[UUID, UUID, UUID]) -> int:
        async with chains.database.reading() as connection:
            return len((await tracing.trace(connection, [start[place]], direction)).lots)

    return ask


async def recalled(chains: Chains, start: tuple[UUID, UUID, UUID]) -> int:
    async with chains.database.reading() as connection:
        return len(await forward(connection, [start[0]]))


def over_http(path: str, place: int) -> Ask:
    async def ask(chains: Chains, start: tuple[UUID, UUID, UUID]) -> int:
        answer = await chains.client.get(path.format(start[place]), headers=chains.coordinator)
        answer.raise_for_status()
        return len(answer.json()["lots"])

    return ask


ASKED: dict[str, Ask] = {
    "recursive statement, back from a portion": recursive(BACK, 1),
    "recursive statement, forward from a can": recursive(FORWARD, 0),
    "trace back from a portion": whole("back", 1),
    "trace forward from a can": whole("forward", 0),
    "lines to be told in a recall of a can": recalled,
    "HTTP: trace of a family's line": over_http("/v1/order-lines/{}/trace", 2),
    "HTTP: trace back from a portion": over_http("/v1/lots/{}/trace?direction=back", 1),
    "HTTP: trace forward from a can": over_http("/v1/lots/{}/trace?direction=forward", 0),
}


def p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]


async def measured(
    ask: Ask, small: Chains, large: Chains, random: Random, times: int = QUESTIONS
) -> tuple[list[float], list[float], set[int]]:
    taken: tuple[list[float], list[float]] = ([], [])
    found: set[int] = set()
    for _ in range(times):
        for chains, seconds in zip((small, large), taken, strict=True):
            start = random.choice(chains.starts)
            begun = time.perf_counter()
            found.add(await ask(chains, start))
            seconds.append(time.perf_counter() - begun)
    return *taken, found


async def tracing_at_two_sizes(small: Chains, large: Chains) -> None:
    random = Random(1)
    say(f"\n{small.flows:,} flows against {large.flows:,}; {QUESTIONS} questions each, in turns:\n")
    row("question", "found", "small p50", "large p50", "small p99", "large p99", "large / small (p50)")
    row(*["---"] * 7)
    for name, ask in ASKED.items():
        await measured(ask, small, large, Random(2), 20)
        first, second, found = await measured(ask, small, large, random)
        figures = [statistics.median(first), statistics.median(second), p99(first), p99(second)]
        cells = [f"{figure * 1e3:.2f} ms" for figure in figures]
        row(name, ", ".join(map(str, sorted(found))), *cells, f"**{figures[1] / figures[0]:.2f}**")


async def balance(name: str, chains: Chains) -> None:
    """A month's mass balance: what it costs, and that the books add up."""
    begun = time.perf_counter()
    answer = await chains.client.get(
        "/v1/mass-balance", params={"from": "2026-03-01", "until": "2026-03-31"}, headers=chains.coordinator
    )
    found: Any = answer.json()
    differences = [line["difference"] for line in found["items"]] + [found["chain"]["difference"]]
    if set(differences) != {"0"}:
        raise AssertionError(f"the {name} books do not add up: {differences}")
    say(f"\nThe mass balance of a month on the {name} chains adds up; {time.perf_counter() - begun:.2f} s")


async def measure(server: Postgres, size: int) -> None:
    async with AsyncExitStack() as stack:
        small = await stack.enter_async_context(opened(server, "small", SMALL))
        begun = time.perf_counter()
        large = await stack.enter_async_context(opened(server, "large", size))
        say(f"{large.flows:,} flows were loaded in {time.perf_counter() - begun:.0f} s")
        await tracing_at_two_sizes(small, large)
        await balance("small", small)
        await balance("large", large)


def main() -> None:
    size = int(sys.argv[1]) if sys.argv[1:] else LARGE
    with tempfile.TemporaryDirectory(prefix="trama-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with postgres.running(folder / "postgres") as server:
            asyncio.run(measure(server, size))


if __name__ == "__main__":
    main()
