"""The broker may be killed, or come late: nothing is lost, nothing is twice, and requests are answered meanwhile."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from embedded import nats
from kit.ids import new_id
from kit.messaging.broker import Broker
from kit.testing.pieces import Piece, eventually, stream_of
from kit.testing.spy import Spy
from tests.kit.conftest import NoteHeard, NoteWritten, Start


@pytest.fixture
def broker_folder(tmp_path: Path) -> Path:
    return tmp_path / "nats"


@pytest.fixture
def broker(broker_folder: Path) -> nats.Nats:
    return nats.start(broker_folder, domain="test")


@pytest.fixture
def broker_url(broker: nats.Nats) -> str:
    """A broker that this test may kill."""
    return broker.url


async def words(piece: Piece) -> int:
    async with piece.database.reading() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM notes"))).scalar_one())


async def test_a_killed_broker_loses_no_event_and_stops_no_request(
    broker: nats.Nats, broker_folder: Path, broker_url: str, network: str, start: Start
) -> None:
    async with start() as piece:
        for _ in range(20):
            assert (await piece.client.post("/v1/notes", json={"id": str(new_id()), "words": "x"})).status_code == 201
        broker.kill()
        assert (await piece.client.post("/v1/notes", json={"id": str(new_id()), "words": "x"})).status_code == 201
        ready = await eventually(
            lambda: piece.client.get("/health/ready"), lambda answer: answer.status_code == 503, seconds=10
        )
        again = nats.start(broker_folder, domain="test", port=broker.port)
        try:
            spy = Spy(Broker(broker_url, network=network, stream=stream_of(network), days=1, name="spy"))
            await spy.start()
            await spy.next(NoteWritten, count=21, seconds=15)
            for _ in range(5):
                await spy.publish(NoteHeard(words="y"), subject=uuid4())
            await eventually(lambda: words(piece), lambda count: count == 26, seconds=15)
            await asyncio.sleep(0.3)
            assert len(spy.seen(NoteWritten)) == 21
            await spy.close()
        finally:
            again.stop()
        assert ready.json() == {"status": "down", "database": "ok", "broker": "down"}
