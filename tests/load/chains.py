"""Chains of lots to measure on: milk of eight cans becomes cheese, ripens, is cut, delivered and packed for forty lines.

They are loaded by COPY past the triggers; the rows are those that the triggers would have written, and the mass balance at
the end of a run proves it. Fifty chains go on at the same time, so that the rows of one are apart from each other.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from fastapi import FastAPI

from catalog import main
from catalog.settings import Settings
from embedded.postgres import Postgres
from kit.auth import TokenVerifier
from kit.database import Database
from kit.ids import new_id
from kit.migrations import upgrade
from kit.testing.tokens import Tokens

#: Chains that go on at the same time.
TOGETHER = 50
#: Flows of one chain.
CHAIN = 107
_NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
_FIRST = date(2024, 11, 1)
_LOT_COLUMNS = [
    "id",
    "number",
    "made_in",
    "producer_id",
    "name",
    "product_id",
    "variant_id",
    "balance",
    "unit",
    "kg_per_unit",
    "container",
    "byproduct",
    "stocked",
    "place",
    "certificates",
    "note",
    "version",
    "changed_at",
]


@dataclass
class Chain:
    """One chain while it is made: what is where, and what begins and ends it."""

    now: dict[str, list[tuple[UUID, int, Decimal]]] = field(default_factory=dict)
    first: UUID | None = None
    last: UUID | None = None
    line: UUID | None = None


@dataclass
class Rows:
    """Rows to be copied, and where traces may begin."""

    events: list[tuple[Any, ...]] = field(default_factory=list)
    lots: list[tuple[Any, ...]] = field(default_factory=list)
    flows: list[tuple[Any, ...]] = field(default_factory=list)
    lines: list[tuple[Any, ...]] = field(default_factory=list)
    losses: list[tuple[Any, ...]] = field(default_factory=list)
    starts: list[tuple[UUID, UUID, UUID]] = field(default_factory=list)
    #: What is left of each lot.
    balances: dict[UUID, Decimal] = field(default_factory=dict)
    day: date = _FIRST
    member: UUID = field(default_factory=new_id)
    product: UUID = field(default_factory=new_id)
    variant: UUID = field(default_factory=new_id)

    def event(self, kind: str) -> int:
        seq = len(self.events) + 1
        self.events.append((seq, new_id(), kind, self.day, "", "", _NOW))
        return seq

    def take(self, seq: int, kind: str, lot: tuple[UUID, int, Decimal], line: UUID | None = None) -> Decimal:
        id_, made_in, quantity = lot
        self.flows.append((seq, kind, id_, made_in, -quantity, line, False))
        self.balances[id_] -= quantity
        return quantity

    def make(self, seq: int, kind: str, name: str, quantity: Decimal) -> tuple[UUID, int, Decimal]:
        id_ = new_id()
        self.lots.append((id_, f"B-{len(self.lots)}", seq, self.member, name, self.product, self.variant))
        self.flows.append((seq, kind, id_, seq, quantity, None, False))
        self.balances[id_] = quantity
        return id_, seq, quantity

    def turn(self, kind: str, sources: list[tuple[UUID, int, Decimal]], names: list[str]) -> list[Any]:
        """All of the sources becomes equal parts of these names."""
        seq = self.event(kind)
        whole = sum((self.take(seq, kind, source) for source in sources), Decimal(0))
        return [self.make(seq, kind, name, whole / len(names)) for name in names]

    def pack(self, lot: tuple[UUID, int, Decimal], lines: int) -> UUID:
        """All of it goes into so many lines of orders; the last of them."""
        seq = self.event("packed")
        line = uuid4()
        for _ in range(lines):
            line = uuid4()
            self.lines.append((line, uuid4(), uuid4(), uuid4(), self.variant, "Queso"))
            self.take(seq, "packed", (lot[0], lot[1], lot[2] / lines), line)
        return line


def _cans(rows: Rows, chain: Chain) -> None:
    chain.now["can"] = [rows.make(rows.event("received"), "received", "Leche", Decimal(40)) for _ in range(8)]
    chain.first = chain.now["can"][0][0]


def _vat(rows: Rows, chain: Chain) -> None:
    chain.now["vat"] = rows.turn("merged", chain.now["can"], ["Leche"])


def _curd(rows: Rows, chain: Chain) -> None:
    chain.now["curd"] = rows.turn("transformed", chain.now["vat"], ["Cuajada", "Suero"])


def _cheese(rows: Rows, chain: Chain) -> None:
    curd, whey = chain.now["curd"]
    chain.now["cheese"] = rows.turn("transformed", [curd], ["Queso"])
    rows.turn("transformed", [whey], ["Requesón"])


def _ripe(rows: Rows, chain: Chain) -> None:
    chain.now["ripe"] = rows.turn("transformed", chain.now["cheese"], ["Queso maduro"])


def _parts(rows: Rows, chain: Chain) -> None:
    chain.now["parts"] = rows.turn("split", chain.now["ripe"], ["Queso maduro"] * 4)


def _there(rows: Rows, chain: Chain) -> None:
    chain.now["there"] = [
        lot for part in chain.now["parts"] for lot in rows.turn("delivered", [part], ["Queso maduro"])
    ]


def _halves(rows: Rows, chain: Chain) -> None:
    chain.now["halves"] = [lot for one in chain.now["there"] for lot in rows.turn("split", [one], ["Queso maduro"] * 2)]


def _cut(rows: Rows, chain: Chain) -> None:
    chain.now["cut"] = [lot for one in chain.now["halves"] for lot in rows.turn("transformed", [one], ["Porciones"])]
    chain.last = chain.now["cut"][0][0]


def _packed(rows: Rows, chain: Chain) -> None:
    for lot in chain.now["cut"]:
        chain.line = rows.pack(lot, 5)
    if chain.first and chain.last and chain.line:
        rows.starts.append((chain.first, chain.last, chain.line))


STEPS = (_cans, _vat, _curd, _cheese, _ripe, _parts, _there, _halves, _cut, _packed)


def made(flows: int) -> Rows:
    """So many flows, of chains that go on together."""
    rows = Rows()
    days = 700
    windows = max(1, round(flows / CHAIN / TOGETHER))
    for window in range(windows):
        chains = [Chain() for _ in range(TOGETHER)]
        for place, step in enumerate(STEPS):
            rows.day = _FIRST + timedelta(days=window * days // windows + place)
            for chain in chains:
                step(rows, chain)
    return rows


@dataclass(frozen=True)
class Chains:
    """A catalog over chains of some size, without a broker: nothing but its HTTP and its database."""

    app: FastAPI
    client: httpx.AsyncClient
    coordinator: dict[str, str]
    starts: list[tuple[UUID, UUID, UUID]]
    flows: int

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database


async def fill(connection: asyncpg.Connection, rows: Rows) -> None:
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        copies: tuple[tuple[str, list[str], list[tuple[Any, ...]]], ...] = (
            ("lot_events", ["seq", "id", "kind", "happened_on", "place", "note", "recorded_at"], rows.events),
            (
                "lots",
                _LOT_COLUMNS,
                [
                    (*lot, rows.balances[lot[0]], "KGM", Decimal(1), False, False, False, "", [], "", 1, _NOW)
                    for lot in rows.lots
                ],
            ),
            ("lot_lines", ["line_id", "order_id", "cycle_id", "member_id", "variant_id", "name"], rows.lines),
            (
                "lot_flows",
                ["event_seq", "kind", "lot_id", "made_in", "quantity", "line_id", "emptied"],
                rows.flows,
            ),
        )
        for table, columns, records in copies:
            await connection.copy_records_to_table(table, records=records, columns=columns)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")


@asynccontextmanager
async def opened(server: Postgres, name: str, flows: int) -> AsyncIterator[Chains]:
    """Chains with that many flows in a database of their own."""
    await asyncio.to_thread(server.execute, f'CREATE DATABASE "{name}"')
    url = server.url(name)
    await asyncio.to_thread(upgrade, "catalog", url)
    rows = made(flows)
    connection = await asyncpg.connect(url)
    await fill(connection, rows)
    await connection.close()
    settings = Settings(network="bench", currency="USD", database_url=url, log_level="error")
    app, tokens = main.build(settings), Tokens(settings.token_issuer)
    app.state.verifier = TokenVerifier(settings.token_issuer, tokens.keys)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://catalog", timeout=600) as client:
        yield Chains(app, client, tokens.actor(roles=["coordinator"]), rows.starts, len(rows.flows))
    await app.state.database.close()
