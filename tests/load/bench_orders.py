"""How fast an order is confirmed, how many a second, and what the network weighs at rest. ``make bench`` runs it.

Everything is on, as in ``make run``: PostgreSQL and JetStream sync each commit to disk, tokens are checked, limits count.
References, in the same run: a commit of one row, and an acknowledged publish, on the same servers.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import nats
import psutil

from demo import examples
from local import example, stack
from local.network import read_network
from local.place import place_of
from local.servers import Broker, DatabaseServer
from tests.load.buyer import Buyer
from tests.market import Market

RATE, SECONDS = 10, 30
BUYERS, PEAK_SECONDS = 64, 15
REFERENCES = 300
#: Benchmarks come from one address: its budget must not be what is measured.
ENVIRONMENT = {"TRAMA_RATE_LIMIT": "1000000", "TRAMA_RATE_BURST": "1000000"}


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def say(line: str) -> None:
    print(line, flush=True)


def row(name: str, *values: str) -> None:
    say(f"| {name} | {' | '.join(values)} |")


async def timed(work: Callable[[], Awaitable[Any]], times: int) -> list[float]:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        await work()
        seconds.append(time.perf_counter() - started)
    return seconds


async def references(network: stack.Stack) -> tuple[float, float, float]:
    """Medians in seconds of a commit and of a publish, and commits a second of as many writers as buyers."""
    database, broker = network.parts["postgres"], network.parts["nats"]
    if not (isinstance(database, DatabaseServer) and database.server and isinstance(broker, Broker) and broker.server):
        raise TypeError("the network has no servers of its own")
    connections = [await asyncpg.connect(database.server.url()) for _ in range(BUYERS)]
    await connections[0].execute("CREATE TABLE reference (id int)")
    commit = statistics.median(
        await timed(lambda: connections[0].execute("INSERT INTO reference VALUES (1)"), REFERENCES)
    )
    end = time.perf_counter() + 5
    commits = 0

    async def writer(connection: asyncpg.Connection) -> None:
        nonlocal commits
        while time.perf_counter() < end:
            await connection.execute("INSERT INTO reference VALUES (1)")
            commits += 1

    await asyncio.gather(*(writer(connection) for connection in connections))
    for connection in connections:
        await connection.close()
    client = await nats.connect(broker.server.url)
    jetstream = client.jetstream()
    await jetstream.add_stream(name="REFERENCE", subjects=["reference"])
    publish = statistics.median(await timed(lambda: jetstream.publish("reference", b"x" * 400), REFERENCES))
    await jetstream.delete_stream("REFERENCE")
    await client.close()
    return commit, publish, commits / 5


def memory(network: stack.Stack) -> dict[str, float]:
    """MB of each of our own processes: its share of what is in memory (PSS)."""
    return {program.name: psutil.Process(program.pid).memory_full_info().pss / 1e6 for program in network.programs}


async def latency(buyers: list[Buyer]) -> list[float]:
    """Seconds from POST to ``confirmed``, with RATE orders sent each second whatever the answers."""
    free: asyncio.Queue[Buyer] = asyncio.Queue()
    for buyer in buyers:
        free.put_nowait(buyer)
    taken: list[float] = []

    async def one() -> None:
        buyer = await free.get()
        status, seconds = await buyer.order()
        free.put_nowait(buyer)
        if status != 201:
            raise AssertionError(f"order answered {status}")
        taken.append(seconds)

    loop = asyncio.get_running_loop()
    started = loop.time()
    orders = []
    for number in range(RATE * SECONDS):
        await asyncio.sleep(max(0.0, started + number / RATE - loop.time()))
        orders.append(asyncio.create_task(one()))
    await asyncio.gather(*orders)
    for buyer in buyers:
        await buyer.close()
    return taken


async def throughput(buyers: list[Buyer]) -> tuple[float, list[float]]:
    """Orders confirmed a second with all buyers ordering as fast as they are answered, and the seconds of each."""
    end = time.perf_counter() + PEAK_SECONDS
    taken: list[float] = []

    async def shop(buyer: Buyer) -> None:
        while time.perf_counter() < end:
            status, seconds = await buyer.order()
            if status != 201:
                raise AssertionError(f"order answered {status}")
            taken.append(seconds)

    await asyncio.gather(*(shop(buyer) for buyer in buyers))
    for buyer in buyers:
        await buyer.close()
    return len(taken) / PEAK_SECONDS, taken


async def connected(network: stack.Stack, market: Market, count: int) -> list[Buyer]:
    return [
        await Buyer.connect(network.gateway_url, family.headers["authorization"], market.order_body())
        for family in market.families[:count]
    ]


async def measure(network: stack.Stack) -> None:
    rest = memory(network)
    async with httpx.AsyncClient(base_url=network.gateway_url, timeout=30) as client:
        market = await Market(client).open(families=BUYERS, deposit="900000.00", on_hand="900000")
    commit, publish, commits = await references(network)
    await latency(await connected(network, market, 8))
    seconds = await latency(await connected(network, market, 16))
    rate, peak = await throughput(await connected(network, market, BUYERS))
    floor = commit + publish
    p50, p99 = percentile(seconds, 0.5), percentile(seconds, 0.99)
    say(f"\nreference: one commit {commit * 1e3:.2f} ms, one publish {publish * 1e3:.2f} ms, {commits:.0f} commits/s\n")
    row("figure", "value", "against the reference")
    row("---", "---", "---")
    row(f"POST to confirmed at {RATE}/s, p50", f"{p50 * 1e3:.1f} ms", f"{p50 / floor:.1f} × (commit + publish)")
    row(f"POST to confirmed at {RATE}/s, p99", f"{p99 * 1e3:.1f} ms", f"{p99 / floor:.1f} × (commit + publish)")
    row(f"orders confirmed a second, {BUYERS} buyers", f"{rate:.0f}/s", f"{rate / commits:.3f} × commits of one row")
    row("POST to confirmed at that rate, p99", f"{percentile(peak, 0.99) * 1e3:.0f} ms", "")
    row("memory at rest, all Python processes", f"{sum(rest.values()):.0f} MB", "")
    after = memory(network)
    row("memory after that", f"{sum(after.values()):.0f} MB", "")
    say("\n" + ", ".join(f"{name} {value:.0f} MB" for name, value in rest.items()))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="trama-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        place = place_of("queretaro", base=folder)
        with place.locked():
            network = stack.start(
                read_network("queretaro"),
                place,
                environment=ENVIRONMENT,
                admin=example.admin("queretaro", examples.PASSWORD),
            )
            try:
                asyncio.run(measure(network))
            finally:
                network.stop()


if __name__ == "__main__":
    main()
