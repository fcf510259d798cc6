"""Any process may be killed at any step of the order saga: nothing is lost, nothing is twice, and the books agree.

There is enough money and, but for the last orders, enough stock; so an order that ends rejected because somebody's answer
did not come in time would mean that an event was lost, and fails the test as well.
"""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
import pytest

from local import stack
from local.servers import DatabaseServer
from tests.faults import books
from tests.market import Market

pytestmark = [pytest.mark.faults, pytest.mark.system]


@dataclass(frozen=True)
class Step:
    """At this point of the saga, held still by stopping others (SIGSTOP), a process is killed."""

    name: str
    stopped: Sequence[str]
    killed: str
    #: What has happened by then, seen from outside.
    after: str = ""
    #: Rows of a piece that somebody else has locked: it comes into the middle of its transaction and no further.
    locked: tuple[str, str] | None = None
    #: Killed before the order was sent, and back only afterwards.
    dead: str = ""


STEPS = (
    Step("orders dies with the order in its outbox, unsent", (), "orders", dead="nats"),
    Step("orders dies with the order on its way to the broker", ("nats",), "orders"),
    Step("orders dies when the order is sent and nobody has answered", ("catalog", "members"), "orders"),
    Step("catalog dies before it reserves", ("catalog",), "catalog"),
    Step("members dies before it holds", ("members",), "members"),
    Step("orders dies with one answer in, the other to come", ("members",), "orders", after="reserved"),
    Step("catalog dies when it has reserved and the order is undecided", ("members",), "catalog", after="reserved"),
    Step("members dies when it has held and the order is undecided", ("catalog",), "members", after="held"),
    Step("catalog dies while the answer waits for orders", ("orders",), "catalog", after="reserved"),
    Step("members dies while the answer waits for orders", ("orders",), "members", after="held"),
    Step("the broker dies with the order in it", ("catalog", "members"), "nats"),
    Step("the database dies under all of them", ("nats",), "postgres"),
    Step("the gateway dies while the order is under way", ("catalog",), "gateway"),
    Step("catalog dies in the middle of reserving", (), "catalog", locked=("catalog", "stock")),
    Step("members dies in the middle of holding", (), "members", locked=("members", "accounts")),
    Step("orders dies in the middle of taking the answers", ("members",), "orders", locked=("orders", "orders")),
)


@asynccontextmanager
async def _locked(network: stack.Stack, step: Step) -> AsyncIterator[None]:
    """All rows of a piece's table, locked until the block ends."""
    database = network.parts["postgres"]
    if step.locked is None:
        yield
        return
    if not isinstance(database, DatabaseServer) or database.server is None:
        raise TypeError("the network has no database server of its own")
    piece, table = step.locked
    connection = await asyncpg.connect(database.server.url(piece))
    async with connection.transaction():
        await connection.execute(f"SELECT FROM {table} FOR UPDATE")
        yield
    await connection.close()


async def _happened(market: Market, after: str) -> None:
    for _ in range(100):
        if after == "reserved" and await books.reserved(market) > 0:
            return
        if after == "held" and await books.held(market, market.families[0]) > 0:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"never {after}")


async def _order_while_stopped(network: stack.Stack, market: Market, step: Step, key: str) -> None:
    """Sends the order. Where the orders piece itself is stopped, it is stopped right after it took the order."""
    before = [name for name in step.stopped if name != "orders"]
    for name in before:
        network.kill(name, signal.SIGSTOP)
    if step.dead:
        network.kill(step.dead)
    answer = await market.order(market.families[0], key=key)
    assert answer.status_code == 202, answer.text
    if "orders" in step.stopped:
        await asyncio.sleep(0.002)
        network.kill("orders", signal.SIGSTOP)


def _go_on(network: stack.Stack, names: Sequence[str]) -> None:
    for name in names:
        network.kill(name, signal.SIGCONT)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
async def test_an_order_whose_process_is_killed_is_decided_once_and_the_books_agree(
    network: stack.Stack, market: Market, step: Step
) -> None:
    await market.open(families=1, deposit="100.00", on_hand="5")
    family, key = market.families[0], str(uuid4())
    async with AsyncExitStack() as locks:
        try:
            if not step.stopped:
                await locks.enter_async_context(_locked(network, step))
            await _order_while_stopped(network, market, step, key)
            if step.after and "orders" not in step.stopped:
                await _happened(market, step.after)
            if step.locked:
                if step.stopped:
                    await locks.enter_async_context(_locked(network, step))
                    _go_on(network, step.stopped)
                await asyncio.sleep(0.5)
        finally:
            network.kill(step.killed)
            _go_on(network, [name for name in step.stopped if name != step.killed])
    if step.dead:
        await asyncio.to_thread(network.restart, step.dead)
    await asyncio.to_thread(network.restart, step.killed)
    order_id = await books.persistently(market, family, key)
    order = await books.outcome(market, family, order_id)
    assert order["status"] == "confirmed", order["reasons"]
    await books.agree(market, {family.member_id: 1})
    orders = await market.call("GET", "/api/orders/v1/orders", family.headers)
    assert [order["id"] for order in orders["items"]] == [order_id], "the key made one order"
    # The network took no harm: the next order is confirmed.
    again = await market.order(family, wait=5)
    assert again.status_code == 201, again.text
    await books.agree(market, {family.member_id: 2})


PROCESSES = ("orders", "catalog", "members", "gateway", "nats", "postgres")


@pytest.mark.parametrize("killed", PROCESSES)
async def test_kills_at_random_moments_under_a_flow_of_orders_lose_and_double_nothing(
    network: stack.Stack, market: Market, killed: str
) -> None:
    dice = random.Random(f"{killed}-7")
    await market.open(families=4, deposit="120.00", on_hand="30")

    async def shop(number: int) -> list[str]:
        family, placed = market.families[number], []
        for _ in range(9):
            placed.append(await books.persistently(market, family, str(uuid4())))
            await asyncio.sleep(0.03)
        return placed

    async def accidents() -> None:
        for _ in range(3):
            await asyncio.sleep(dice.uniform(0.05, 0.3))
            network.kill(killed)
            await asyncio.to_thread(network.restart, killed)

    shopping = asyncio.gather(*(shop(number) for number in range(4)))
    await accidents()
    placed = await shopping
    confirmed: dict[str, int] = {}
    for family, orders in zip(market.families, placed, strict=True):
        assert len(set(orders)) == 9
        states = [await books.outcome(market, family, order_id) for order_id in orders]
        confirmed[family.member_id] = sum(state["status"] == "confirmed" for state in states)
        reasons = {reason["code"] for state in states for reason in state["reasons"]}
        assert reasons <= {"not_enough_stock"}
    assert sum(confirmed.values()) == 30
    await books.agree(market, confirmed)
