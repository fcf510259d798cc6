"""From outbox to inbox: nothing lost, nothing twice, in order, numbered without a gap."""

import asyncio
import json
from collections.abc import Sequence
from uuid import uuid4

import pytest
from nats.aio.msg import Msg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from kit import signals as signals_module
from kit.ids import new_id
from kit.messaging import letters, relay
from kit.messaging.consumer import Consumer, Delivery
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from tests.kit.conftest import Ears, NoteHeard, NotePublished, NoteWritten, Start


async def words(piece: Piece) -> list[str]:
    async with piece.database.reading() as connection:
        return list((await connection.execute(text("SELECT words FROM notes ORDER BY words"))).scalars())


async def write(piece: Piece, count: int, public: bool = False) -> None:
    async with piece.database.transaction() as work:
        for number in range(count):
            fact = NotePublished(words=str(number)) if public else NoteWritten(words=str(number))
            work.stage(fact, subject=new_id(), version=1)


async def beside(piece: Piece, statement: str) -> list[str]:
    """Asks the database over a connection that is not the piece's."""
    engine = create_async_engine(piece.database.engine.url, poolclass=NullPool)
    async with engine.connect() as connection:
        found = list((await connection.execute(text(statement))).scalars())
    await engine.dispose()
    return found


async def write_again(piece: Piece) -> None:
    """As a client does that is told to try again shortly."""
    for _ in range(20):
        try:
            return await write(piece, 1)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
    raise AssertionError("the database stays away")


async def test_events_arrive_in_the_order_of_their_writing_each_audience_counted_densely(
    spy: Spy, piece: Piece
) -> None:
    for _ in range(3):
        await write(piece, 40)
        await write(piece, 2, public=True)
    await spy.next(NoteWritten, count=120)
    await spy.next(NotePublished, count=6)
    envelopes = [json.loads(message.data) for message in spy._arrived]
    for audience, count in (("int", 120), ("pub", 6)):
        kind = "written" if audience == "int" else "published"
        numbers = [envelope["sequence"] for envelope in envelopes if f".{kind}." in envelope["type"]]
        assert numbers == list(range(1, count + 1))
    assert [event.data.words for event in spy.seen(NoteWritten)] == [str(n) for _ in range(3) for n in range(40)]


async def test_an_event_numbered_but_not_marked_as_sent_goes_again_under_its_number_and_is_known(
    spy: Spy, start: Start
) -> None:
    async with start() as piece:
        await write(piece, 5)
        await spy.next(NoteWritten, count=5)

        async def sent() -> int:
            async with piece.database.reading() as connection:
                query = text("SELECT count(*) FROM outbox WHERE published_at IS NOT NULL")
                return int((await connection.execute(query)).scalar_one())

        await eventually(sent, lambda count: count == 5)
    async with start() as piece:
        # As if the relay had died between sending and saying so, with a new event written meanwhile.
        async with piece.database.transaction() as work:
            await work.execute(text("UPDATE outbox SET published_at = NULL WHERE sequence > 2"))
            work.stage(NoteWritten(words="new"), subject=new_id(), version=1)
    async with start() as piece:
        await spy.next(NoteWritten, count=6)
        await asyncio.sleep(0.2)
    assert [event.data.words for event in spy.seen(NoteWritten)] == ["0", "1", "2", "3", "4", "new"]
    assert [json.loads(message.data)["sequence"] for message in spy._arrived] == [1, 2, 3, 4, 5, 6]


async def test_two_replicas_send_each_event_once(spy: Spy, start: Start) -> None:
    async with start() as one, start() as two:
        await asyncio.gather(*(write(piece, 1) for piece in (one, two) for _ in range(30)))
        await spy.next(NoteWritten, count=60)
        await asyncio.sleep(0.2)
        assert len(spy.seen(NoteWritten)) == 60


async def test_where_workers_run_the_background_http_only_writes_and_wakes_them(
    spy: Spy, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start(background=False) as web:
        await write(web, 1)
        await asyncio.sleep(1.5)
        assert spy.seen(NoteWritten) == []
        # So seldom does the relay look by itself that what comes sooner was called for.
        monkeypatch.setattr(relay, "POLL", 60.0)
        async with start():
            await spy.next(NoteWritten, count=1, seconds=10)
            await asyncio.sleep(0.5)
            await write(web, 1)
            await spy.next(NoteWritten, count=2, seconds=20)


async def test_a_doubled_event_is_handled_once(spy: Spy, piece: Piece) -> None:
    subject = uuid4()
    first = await spy.publish(NoteHeard(words="a"), subject=subject)
    await spy.publish(NoteHeard(words="a"), subject=subject, event_id=first)
    await spy.publish(NoteHeard(words="end"), subject=uuid4())
    await eventually(lambda: words(piece), lambda found: "end" in found)
    assert await words(piece) == ["a", "end"]


async def test_an_older_version_than_seen_is_skipped(spy: Spy, piece: Piece) -> None:
    subject = uuid4()
    for words_of, version in (("v2", 2), ("v1", 1), ("v3", 3)):
        await spy.publish(NoteHeard(words=words_of), subject=subject, version=version)
    await eventually(lambda: words(piece), lambda found: "v3" in found)
    assert await words(piece) == ["v2", "v3"]


async def test_events_that_wait_are_handled_in_batches(spy: Spy, start: Start, ears: Ears) -> None:
    for number in range(300):
        await spy.publish(NoteHeard(words=f"{number:03}"), subject=uuid4())
    async with start() as piece:
        await eventually(lambda: words(piece), lambda found: len(found) == 300)
    assert len(ears.batches) <= 30


async def test_a_poisoned_event_is_put_aside_with_its_reason_and_the_rest_goes_on(
    spy: Spy, piece: Piece, ears: Ears
) -> None:
    for said in ("a", "poison", "b"):
        await spy.publish(NoteHeard(words=said), subject=uuid4())
    await eventually(lambda: words(piece), lambda found: found == ["a", "b"])
    jetstream, stream = piece.app.state.broker.jetstream, piece.app.state.broker.stream

    async def dead() -> list[letters.Letter]:
        return [letter async for letter in letters.read_all(jetstream, stream)]

    letter = (await eventually(dead))[0]
    assert "This can't be handled" in letter.reason
    assert letter.body is not None
    mended = json.loads(letter.body)
    mended["data"]["words"] = "mended"
    await letters.replay(jetstream, stream, letter.number, json.dumps(mended).encode())
    await eventually(lambda: words(piece), lambda found: found == ["a", "b", "mended"])
    assert await dead() == []


async def test_where_nothing_was_put_aside_there_is_nothing_to_read(piece: Piece) -> None:
    jetstream, stream = piece.app.state.broker.jetstream, piece.app.state.broker.stream
    assert [letter async for letter in letters.read_all(jetstream, stream)] == []


async def test_an_event_that_breaks_its_contract_is_put_aside(spy: Spy, piece: Piece, network: str) -> None:
    subject = NoteHeard.topic.subject(network)
    await spy.publish_raw(subject, {"nonsense": True})
    await spy.publish_raw(subject, {"specversion": "1.0"})
    await spy.publish(NoteHeard(words="after"), subject=uuid4())
    await eventually(lambda: words(piece), lambda found: found == ["after"])
    jetstream, stream = piece.app.state.broker.jetstream, piece.app.state.broker.stream
    reasons = [letter.reason async for letter in letters.read_all(jetstream, stream)]
    assert len(reasons) == 2
    assert all("contract" in reason for reason in reasons)
    assert "nonsense" not in "".join(reasons)
    assert "/data" in "".join(reasons)


async def test_an_event_that_fails_for_a_while_is_tried_again(spy: Spy, piece: Piece, ears: Ears) -> None:
    ears.failures["late"] = [RuntimeError("not yet"), RuntimeError("not yet")]
    await spy.publish(NoteHeard(words="late"), subject=uuid4())
    await eventually(lambda: words(piece), lambda found: found == ["late"])


async def test_an_event_that_the_database_itself_refuses_does_not_hold_up_the_others(spy: Spy, piece: Piece) -> None:
    await spy.publish(NoteHeard(words="refused by the database"), subject=uuid4())
    await asyncio.sleep(0.3)
    await spy.publish(NoteHeard(words="after"), subject=uuid4())
    await eventually(lambda: words(piece), lambda found: found == ["after"])


async def test_a_consumer_that_dies_of_a_surprise_goes_on(
    spy: Spy, piece: Piece, monkeypatch: pytest.MonkeyPatch
) -> None:
    surprises = [KeyError("nobody thought of it")]
    opened = Consumer._opened

    async def surprised(self: Consumer, messages: Sequence[Msg]) -> list[Delivery]:
        if messages and surprises:
            raise surprises.pop()
        return await opened(self, messages)

    monkeypatch.setattr(Consumer, "_opened", surprised)
    await spy.publish(NoteHeard(words="late"), subject=uuid4())
    await eventually(lambda: words(piece), lambda found: found == ["late"], seconds=20)
    assert not surprises


async def test_losing_the_database_for_a_moment_loses_no_event(spy: Spy, piece: Piece) -> None:
    await spy.publish(NoteHeard(words="before"), subject=uuid4())
    await eventually(lambda: words(piece), lambda found: found == ["before"])
    kill = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname = current_database()"
    for number in range(5):
        await beside(piece, f"{kill} AND pid <> pg_backend_pid()")
        await spy.publish(NoteHeard(words=str(number)), subject=uuid4())
        await write_again(piece)
    await eventually(lambda: beside(piece, "SELECT words FROM notes"), lambda found: len(found) == 6, seconds=10)
    await spy.next(NoteWritten, count=5, seconds=10)


@pytest.mark.parametrize("size", [1, 500])
async def test_a_signal_wakes_a_waiter_at_once(piece: Piece, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals_module, "LOOK_AGAIN", 60.0)
    signals = piece.app.state.signals
    done = False

    async def look() -> bool:
        return done

    async def commit() -> None:
        nonlocal done
        await asyncio.sleep(0.02)
        done = True
        async with piece.database.transaction() as work:
            for _ in range(size):
                work.signal("thing")

    started = asyncio.get_running_loop().time()
    _, found = await asyncio.gather(commit(), signals.until("thing", look, bool, 30))
    assert found
    assert asyncio.get_running_loop().time() - started < 15


async def test_all_who_listen_to_a_kind_of_event_hear_it(spy: Spy, piece: Piece, ears: Ears) -> None:
    await spy.publish(NoteHeard(words="for everybody"), subject=new_id())
    assert await eventually(lambda: words(piece)) == ["for everybody"]
    assert ears.also == ["for everybody"]
