"""Random histories of stock: orders by events in batches, clients and producers over HTTP, the clock, all at once."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from catalog.stock import consumers
from catalog.stock.jobs import EXPIRE
from contracts.orders import OrderCancelled, OrderCollected, OrderConfirmed, OrderPlaced, OrderRejected, OrderState
from kit.database import utc_now
from kit.ids import new_id
from kit.jobs import run_once
from kit.messaging.events import Event
from kit.testing.pieces import Piece
from tests.catalog.conftest import Headers, order, rows

#: Most orders whose events arrive together.
BATCH = 30
#: How often each thing happens; orders' things happen to up to BATCH orders at once.
WEIGHTS = {
    "place": 5,
    "change": 2,
    "confirm": 4,
    "end": 3,
    "collect": 3,
    "client": 4,
    "release": 2,
    "move": 4,
    "wait": 1,
}

_BOOKS = """
WITH promised AS (
    SELECT variant_id, sum(quantity) AS quantity FROM reserved_lines JOIN reservations ON id = reservation_id
    WHERE state IN ('held', 'kept') GROUP BY variant_id
), moved AS (
    SELECT variant_id, sum(quantity) FILTER (WHERE reason IN ('harvest', 'return', 'correction')) AS received,
           -sum(quantity) FILTER (WHERE reason = 'sale') AS sold, -sum(quantity) FILTER (WHERE reason = 'loss') AS lost
    FROM movements GROUP BY variant_id
)
SELECT variant_id, policy, on_hand, reserved, coalesce(promised.quantity, 0) AS promised,
       coalesce(received, 0) AS received, coalesce(sold, 0) AS sold, coalesce(lost, 0) AS lost
FROM stock LEFT JOIN promised USING (variant_id) LEFT JOIN moved USING (variant_id)
"""


async def faults(piece: Piece) -> list[str]:
    """What is wrong with the books at this instant: one statement sees all of them as they are together."""
    found = []
    for row in await rows(piece, _BOOKS):
        told = f"{row.variant_id}: {row._asdict()}"
        if row.reserved != row.promised:
            found.append(f"reserved is not what reservations hold: {told}")
        if row.on_hand != row.received - row.sold - row.lost:
            found.append(f"on hand is not received - sold - lost: {told}")
        if row.reserved < 0 or row.on_hand < 0 or (row.policy == "tracked" and row.on_hand < row.reserved):
            found.append(f"oversold: {told}")
    return found


@dataclass
class Ordered:
    """An order as the orders piece would know it."""

    id: UUID
    version: int
    lines: list[tuple[str, str]]
    status: str = "placed"


@dataclass
class History:
    """What all writers share: how much is left to do, the clock, and what must come out."""

    piece: Piece
    farmer: Headers
    coordinator: Headers
    variants: list[str]
    left: int
    happened: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    #: What each collected order took home of each variant.
    taken: dict[tuple[UUID, UUID], Decimal] = field(default_factory=dict)
    placed: set[UUID] = field(default_factory=set)
    ended: set[UUID] = field(default_factory=set)
    found: list[str] = field(default_factory=list)
    passed: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        self.piece.database.clock = self.now
        subscriptions = consumers.subscriptions(self.piece.app.state.settings)
        self.handlers = {subscription.fact: subscription.handler for subscription in subscriptions}

    def now(self) -> datetime:
        return utc_now() + self.passed

    def some(self, rng: random.Random, among: Sequence[Ordered]) -> list[Ordered]:
        """A few of them, as many as may still happen."""
        most = min(BATCH, len(among), max(self.left, 1))
        return rng.sample(among, rng.randint(1, most)) if most else []

    def note(self, what: str, number: int = 1) -> None:
        self.happened[what] += number
        self.left -= number

    async def tell(self, fact: type[OrderState], orders: Sequence[tuple[Ordered, list[str] | None]]) -> None:
        """The orders' events, handled as they are when they arrive together: in one transaction."""
        events = [
            Event(new_id(), "/networks/test/orders", one.id, one.version, utc_now(), self._state(fact, one, packed))
            for one, packed in orders
        ]
        async with self.piece.database.transaction() as work:
            await self.handlers[fact](work, events)

    def _state(self, fact: type[OrderState], one: Ordered, packed: list[str] | None) -> OrderState:
        state = order(fact, one.lines, packed, one.id)
        return state.model_copy(update={"deadline": self.now() + timedelta(minutes=one.id.int % 40 - 20)})


class Writer:
    """One of those who work at the same time. An order's events come one after the other, so each has orders of its own."""

    def __init__(self, history: History, seed: str) -> None:
        self._history = history
        self._rng = random.Random(seed)
        self._orders: list[Ordered] = []
        self._reservations: list[str] = []

    async def run(self) -> None:
        ways: dict[str, Callable[[], object]] = {name: getattr(self, f"_{name}") for name in WEIGHTS}
        names = self._rng.choices(list(WEIGHTS), weights=list(WEIGHTS.values()), k=100_000)
        for name in names:
            if self._history.left <= 0 or self._history.found:
                return
            doing = ways[name]()
            assert asyncio.iscoroutine(doing)
            await doing

    async def finish(self) -> None:
        """Ends all that is open."""
        still = [one for one in self._orders if one.status in ("placed", "confirmed")]
        await self._happens(OrderCancelled, still, "cancelled")
        self._history.ended |= {one.id for one in still}
        while self._reservations:
            await self._release()

    def _lines(self) -> list[tuple[str, str]]:
        chosen = self._rng.sample(self._history.variants, self._rng.randint(1, 4))
        return [(variant, self._quantity(30)) for variant in chosen]

    def _quantity(self, most: int) -> str:
        return str(Decimal(self._rng.randint(1, most)) / 10)

    def _in(self, *statuses: str) -> list[Ordered]:
        return self._history.some(self._rng, [one for one in self._orders if one.status in statuses])

    async def _happens(self, fact: type[OrderState], orders: list[Ordered], status: str) -> None:
        if not orders:
            return
        for one in orders:
            one.version, one.status = one.version + 1, status
        await self._history.tell(fact, [(one, None) for one in orders])
        self._history.note(status, len(orders))

    async def _place(self) -> None:
        new = [Ordered(new_id(), 0, self._lines()) for _ in range(self._rng.randint(1, BATCH))]
        self._orders += new
        self._history.placed |= {one.id for one in new}
        await self._happens(OrderPlaced, new, "placed")

    async def _change(self) -> None:
        changed = self._in("placed")
        for one in changed:
            one.lines = self._lines()
        await self._happens(OrderPlaced, changed, "placed")

    async def _confirm(self) -> None:
        await self._happens(OrderConfirmed, self._in("placed"), "confirmed")

    async def _end(self) -> None:
        fact, status = self._rng.choice(((OrderCancelled, "cancelled"), (OrderRejected, "rejected")))
        ended = self._in("placed", "confirmed")
        await self._happens(fact, ended, status)
        self._history.ended |= {one.id for one in ended}

    async def _collect(self) -> None:
        # Some a second time: what was taken home is sold once.
        collected = [(one, self._packed(one)) for one in self._in("confirmed", "collected")]
        if not collected:
            return
        for one, packed in collected:
            if one.status != "collected":
                for (variant, _), quantity in zip(one.lines, packed, strict=True):
                    self._history.taken[one.id, UUID(variant)] = Decimal(quantity)
            one.version, one.status = one.version + 1, "collected"
        await self._history.tell(OrderCollected, collected)
        self._history.ended |= {one.id for one, _ in collected}
        self._history.note("collected", len(collected))

    def _packed(self, one: Ordered) -> list[str]:
        """What the scales say: as ordered, none, a little less, or more."""
        factors = [Decimal(1), Decimal(0), Decimal("0.9"), Decimal("1.2")]
        return [str(Decimal(quantity) * self._rng.choice(factors)) for _, quantity in one.lines]

    async def _client(self) -> None:
        lines = [{"variant_id": variant, "quantity": quantity} for variant, quantity in self._lines()]
        body = {"id": str(new_id()), "lines": lines}
        status = await self._ask("POST", "/v1/reservations", self._history.coordinator, body)
        if status == 201:
            self._reservations.append(body["id"] if isinstance(body["id"], str) else "")
        self._history.note("client")

    async def _release(self) -> None:
        if self._reservations:
            id_ = self._reservations.pop(self._rng.randrange(len(self._reservations)))
            await self._ask("DELETE", f"/v1/reservations/{id_}", self._history.coordinator, None)
            self._history.note("release")

    async def _move(self) -> None:
        reason = self._rng.choice(["harvest", "harvest", "loss", "correction", "return", "sale"])
        quantity = self._quantity(400 if reason == "harvest" else 60)
        if reason == "correction" and self._rng.random() < 0.5:
            quantity = f"-{quantity}"
        variant = self._rng.choice(self._history.variants)
        body = {"reason": reason, "quantity": quantity}
        await self._ask("POST", f"/v1/variants/{variant}/movements", self._history.farmer, body)
        self._history.note("move")

    async def _wait(self) -> None:
        self._history.passed += timedelta(minutes=self._rng.randint(1, 10))
        await run_once(self._history.piece.database, EXPIRE)
        self._history.note("wait")

    async def _ask(self, method: str, address: str, headers: Headers, body: object) -> int:
        answer = await self._history.piece.client.request(method, address, json=body, headers=headers)
        self._history.answered[f"{method} {answer.status_code}"] += 1
        assert answer.status_code in (201, 204, 409), answer.text
        return answer.status_code


async def live(history: History, writers: Sequence[Writer]) -> None:
    """Lets the history happen, looking at the books all the while; leaves what was wrong in ``history.found``."""
    done = asyncio.Event()

    async def watch() -> None:
        while not done.is_set() and not history.found:
            history.found += await faults(history.piece)
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(writer.run() for writer in writers))
    done.set()
    await watching
    history.found = history.found or await faults(history.piece)
