"""What the ledger costs: pages and balances as it grows, transfers a second, and the account that is on every order.

``python -m tests.load.bench_ledger`` fills books of 10,000 and of 1,000,000 transfers over 10,000 members; another number
after it is taken in place of the million. Reference and ours take turns within each round, so that both meet the same noise.
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
from uuid import UUID, uuid4

import httpx
import uvloop
from sqlalchemy import text

from contracts.orders import Posting, SettlementComputed
from contracts.values import Money
from embedded import postgres
from embedded.postgres import Postgres
from kit.database import Work
from kit.ids import new_id
from members.holds import service as holds
from members.ledger import service as ledger
from members.ledger.rules import AccountKey, Transfer
from tests.load import pgbench
from tests.load.books import BUSY, Books, opened

SMALL, LARGE = 10_000, 1_000_000
ROUNDS, SECONDS, REQUESTS = 3, 4.0, 30
WRITERS, HOT_WRITERS = 16, 32
PAIRS = 1_000
#: Postings in a part of a cycle's settlement (orders.settlement).
PART = 400
#: As many as the consumer of events hands to a use case at once (kit.messaging.consumer).
TOGETHER = 200


def say(line: str) -> None:
    print(line, flush=True)


def row(*cells: str) -> None:
    say(f"| {' | '.join(cells)} |")


async def timed(call: Callable[[], Awaitable[Any]]) -> float:
    started = time.perf_counter()
    await call()
    return time.perf_counter() - started


# Reading, at two sizes


async def deep_cursor(books: Books, path: str, headers: dict[str, str], pages: int) -> str:
    cursor = ""
    for _ in range(pages):
        query = {"limit": 200} | ({"after": cursor} if cursor else {})
        cursor = (await books.client.get(path, params=query, headers=headers)).json()["next"]
    return cursor


async def questions(books: Books) -> dict[str, Callable[[], Awaitable[Any]]]:
    """What is asked of the books, by name."""
    member_id, treasurer = books.members[0], books.treasurer
    own = books.tokens.actor(roles=["member"], members=[member_id])
    statement, sales = f"/v1/members/{member_id}/statement", "/v1/ledger/accounts/sales/statement"

    def get(path: str, headers: dict[str, str], **query: Any) -> Callable[[], Awaitable[httpx.Response]]:
        async def ask() -> httpx.Response:
            answer = await books.client.get(path, params=query, headers=headers)
            answer.raise_for_status()
            return answer

        return ask

    deep = await deep_cursor(books, statement, own, pages=BUSY // 200 * 3 // 4)
    deep_sales = await deep_cursor(books, sales, treasurer, pages=10)
    return {
        "balances of a member": get(f"/v1/members/{member_id}/balances", own),
        "statement, first page of 50": get(statement, own),
        "statement, a deep page": get(statement, own, after=deep),
        "statement, one currency": get(statement, own, currency="TUMIN"),
        "statement of the sales account, first page": get(sales, treasurer),
        "statement of the sales account, a deep page": get(sales, treasurer, after=deep_sales),
    }


async def reading(small: Books, large: Books) -> None:
    asked = {"small": await questions(small), "large": await questions(large)}
    say(f"\nOver HTTP in process; {SMALL:,} transfers against {sys.argv[1] if sys.argv[1:] else LARGE} (medians):\n")
    row("question", "small", "large", "large / small")
    row("---", "---", "---", "---")
    for name in asked["small"]:
        rounds = []
        for _ in range(ROUNDS):
            taken: dict[str, list[float]] = {"small": [], "large": []}
            for _ in range(REQUESTS):
                for size, seconds in taken.items():
                    seconds.append(await timed(asked[size][name]))
            rounds.append([statistics.median(taken[size]) for size in ("small", "large")])
        first, second = (statistics.median(column) for column in zip(*rounds, strict=True))
        ratio = statistics.median(pair[1] / pair[0] for pair in rounds)
        row(name, f"{first * 1e3:.2f} ms", f"{second * 1e3:.2f} ms", f"**{ratio:.2f}**")


# Writing


async def rate(writers: int, write: Callable[[], Awaitable[int]]) -> float:
    """Transfers a second of so many writers, each waiting for its own before the next."""
    end, done = time.perf_counter() + SECONDS, 0

    async def writer() -> None:
        nonlocal done
        while time.perf_counter() < end:
            booked = await write()
            done += booked

    started = time.perf_counter()
    await asyncio.gather(*(writer() for _ in range(writers)))
    return done / (time.perf_counter() - started)


class Together[T]:
    """Hands over what arrived while the last lot was being booked, in one transaction, as the consumer of events does."""

    def __init__(self, books: Books, book: Callable[[Work, list[T]], Awaitable[Any]]) -> None:
        self._books = books
        self._book = book
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._busy: asyncio.Task[None] | None = None

    async def submit(self, item: T) -> int:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._busy is None or self._busy.done():
            self._busy = asyncio.create_task(self._run())
        await done
        return 1

    async def _run(self) -> None:
        while self._waiting:
            # Those who were just told come back first: what arrives together is booked together.
            await asyncio.sleep(0)
            lot, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            async with self._books.database.transaction() as work:
                await self._book(work, [item for item, _ in lot])
            for _, done in lot:
                done.set_result(None)


async def book_all(books: Books, work: Work, transfers: list[Transfer]) -> None:
    """As every room books."""
    await ledger.book(work, transfers, opening=books.settings)


def pair_transfers(books: Books) -> list[tuple[AccountKey, AccountKey]]:
    random = Random(1)
    places = [random.sample(range(1, len(books.members)), 2) for _ in range(PAIRS)]
    return [(books.account(first), books.account(second)) for first, second in places]


async def compared(reference: str, ways: dict[str, Callable[[], Awaitable[float]]]) -> None:
    """Each way in turn, round by round; the table says how many times the reference each is."""
    rounds = [{name: await measure() for name, measure in ways.items()} for _ in range(ROUNDS)]
    row("way", "transfers/s", "× the reference", "from – to")
    row("---", "---", "---", "---")
    for name in ways:
        ratios = sorted(found[name] / found[reference] for found in rounds)
        middle = statistics.median(found[name] for found in rounds)
        row(name, f"{middle:.0f}", f"**{statistics.median(ratios):.2f}**", f"{ratios[0]:.2f} – {ratios[-1]:.2f}")


async def writing(server: Postgres, name: str, books: Books, folder: Path) -> None:
    pairs, random = pair_transfers(books), Random(2)

    def transfer() -> Transfer:
        debit, credit = random.choice(pairs)
        return Transfer(new_id(), debit, credit, 100, "exchange", uuid4())

    async def one() -> int:
        async with books.database.transaction() as work:
            await book_all(books, work, [transfer()])
        return 1

    async def driven() -> int:
        return await by_driver(transfer())

    together = Together[Transfer](books, lambda work, lot: book_all(books, work, lot))
    say(f"\nTransfers between members, {WRITERS} at once, on the large books:\n")
    ways: dict[str, Callable[[], Awaitable[float]]] = {}
    reference = "ours, each in a transaction of its own"
    if pgbench.is_there():
        script = await pgbench.prepare(books, pairs, folder)
        reference = "pgbench, the same statement, each transfer in a transaction"
        ways[reference] = lambda: pgbench.rate(server, name, script, clients=WRITERS, seconds=SECONDS)
    else:
        say("pgbench is not among PostgreSQL's programs here: there is no reference, only our own figures.\n")
    ways["ours, each in a transaction of its own"] = lambda: rate(WRITERS, one)
    ways["the driver alone, each in a transaction of its own"] = lambda: rate(WRITERS, driven)
    ways["ours, what arrives together in one transaction"] = lambda: rate(WRITERS, lambda: together.submit(transfer()))
    async with pgbench.driver(books, WRITERS) as by_driver:
        await compared(reference, ways)


# The account that is on every order


async def naive(books: Books) -> Callable[[], Awaitable[int]]:
    """A ledger as one would write it first: lock both accounts, insert, change both balances, commit."""
    async with books.database.transaction() as work:
        await work.execute(text("CREATE TABLE naive_accounts (id uuid PRIMARY KEY, balance bigint NOT NULL DEFAULT 0)"))
        await work.execute(text("INSERT INTO naive_accounts (id) SELECT id FROM accounts"))
        await work.execute(
            text(
                "CREATE TABLE naive_transfers (id uuid PRIMARY KEY, debit uuid, credit uuid, amount bigint, at timestamptz)"
            )
        )
    lock = text("SELECT id, balance FROM naive_accounts WHERE id IN (:debit, :credit) ORDER BY id FOR UPDATE")
    insert = text("INSERT INTO naive_transfers VALUES (:id, :debit, :credit, 100, now())")
    change = text("UPDATE naive_accounts SET balance = balance + :by WHERE id = :account")
    random = Random(3)

    async def write() -> int:
        parties = {"debit": books.account(random.randrange(1, 10_000)).id, "credit": books.sales.id}
        async with books.database.transaction() as work:
            await work.execute(lock, parties)
            await work.execute(insert, {"id": new_id(), **parties})
            await work.execute(change, {"by": -100, "account": parties["debit"]})
            await work.execute(change, {"by": 100, "account": parties["credit"]})
        return 1

    return write


async def hot(books: Books) -> None:
    random = Random(4)

    def settled(orders: int = 1) -> SettlementComputed:
        """Families are charged for their orders."""
        order_ids = [uuid4() for _ in range(orders)]
        postings = [
            Posting(
                posting_id=new_id(),
                debit=str(books.account(random.randrange(1, 10_000)).owner),
                credit=str(books.sales.owner),
                amount=Money.of_minor(100, "MXN"),
                cause="order",
                cause_id=order_id,
                text="",
            )
            for order_id in order_ids
        ]
        return SettlementComputed(
            part_id=UUID(int=1), cycle_id=UUID(int=2), part=1, parts=1, postings=postings, order_ids=order_ids
        )

    sales = books.sales

    def sale() -> Transfer:
        return Transfer(new_id(), books.account(random.randrange(1, 10_000)), sales, 100, "order", uuid4())

    async def one() -> int:
        async with books.database.transaction() as work:
            await book_all(books, work, [sale()])
        return 1

    async def six() -> int:
        """A writer of events: it says six things and waits for none of them in between, as an outbox does."""
        return sum(await asyncio.gather(*(booking_together.submit(sale()) for _ in range(6))))

    async def backlog() -> float:
        """Events that lie waiting, taken by the one consumer as many at once as it hands over."""
        done, started = 0, time.perf_counter()
        while time.perf_counter() - started < SECONDS:
            lot = [sale() for _ in range(TOGETHER)]
            async with books.database.transaction() as work:
                await book_all(books, work, lot)
            done += len(lot)
        return done / (time.perf_counter() - started)

    async def cycle() -> float:
        """A cycle as orders settles it: parts of 400 postings, one after the other, by the one consumer. That the parts
        are made is not part of it: another service does that."""
        done, spent, end = 0, 0.0, time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            part = settled(PART)
            started = time.perf_counter()
            async with books.database.transaction() as work:
                await holds.settle(work, books.settings, [part])
            spent += time.perf_counter() - started
            done += PART
        return done / spent

    settling = Together[SettlementComputed](books, lambda work, lot: holds.settle(work, books.settings, lot))
    booking_together = Together[Transfer](books, lambda work, lot: book_all(books, work, lot))
    naively = await naive(books)
    say(f"\nOne account on every transfer, {HOT_WRITERS} writers at once:\n")
    await compared(
        "naive: SELECT … FOR UPDATE, insert, two updates, commit",
        {
            "naive: SELECT … FOR UPDATE, insert, two updates, commit": lambda: rate(HOT_WRITERS, naively),
            "ours, each in a transaction of its own": lambda: rate(HOT_WRITERS, one),
            "ours, what arrives together": lambda: rate(HOT_WRITERS, lambda: booking_together.submit(sale())),
            "ours, what arrives together, six of each writer (192 a lot)": lambda: rate(HOT_WRITERS, six),
            "ours, a backlog of events (200 a lot)": backlog,
            "what arrives together, as settlements of one order each": lambda: rate(
                HOT_WRITERS, lambda: settling.submit(settled())
            ),
            "ours, a cycle's settlement (parts of 400 orders)": cycle,
        },
    )


async def proved(name: str, books: Books) -> None:
    """The books are right after all this, or the figures are worth nothing."""
    started = time.perf_counter()
    proof = (await books.client.get("/v1/ledger/check", headers=books.treasurer)).json()
    if not proof["ok"]:
        raise AssertionError(f"the {name} books are wrong: {proof['claims']}")
    seconds = time.perf_counter() - started
    say(
        f"\nThe check proved {len(proof['claims'])} claims on the {name} books: {proof['transfers']:,} transfers, {seconds:.1f} s"
    )


async def measure(server: Postgres, folder: Path, large_size: int) -> None:
    async with AsyncExitStack() as stack:
        small = await stack.enter_async_context(opened(server, "small", SMALL))
        started = time.perf_counter()
        large = await stack.enter_async_context(opened(server, "large", large_size))
        say(f"{large_size:,} transfers were loaded in {time.perf_counter() - started:.0f} s")
        await reading(small, large)
        await writing(server, "large", large, folder)
        await hot(large)
        await proved("small", small)
        await proved("large", large)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="trama-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with postgres.running(folder / "postgres") as server:
            uvloop.run(measure(server, folder, int(sys.argv[1]) if sys.argv[1:] else LARGE))


if __name__ == "__main__":
    main()
