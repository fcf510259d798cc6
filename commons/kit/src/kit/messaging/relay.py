"""Publishes what stands in the outbox: in order, numbered without a gap, at least once.

One relay at a time, by a session advisory lock. An event gets its number before it is sent, so that a crash in between
sends it again under the same number; JetStream and the inboxes know it by its id.
"""

import asyncio
import contextlib
import json
from collections.abc import Sequence
from typing import Any

import nats.errors
import structlog
from nats.js.errors import APIError
from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Database
from kit.ids import new_id
from kit.messaging.broker import ANSWER, Broker
from kit.messaging.outbox import Staged
from kit.metrics import EVENTS_SENT

log = structlog.get_logger()

#: JetStream takes at most a thousand messages in an atomic batch.
BATCH = 500
#: An atomic batch costs the broker about as much as ten events one by one, however small it is (measured): fewer are
#: sent singly, without waiting in between.
BATCH_PAYS = 10
#: Seconds after which the outbox is looked at although nobody called.
POLL = 1.0

_LOCK = text("SELECT pg_try_advisory_lock(hashtext('trama-relay'))")
_NUMBERED = text("""
SELECT id, subject, envelope, sequence FROM outbox
WHERE published_at IS NULL AND sequence IS NOT NULL ORDER BY id LIMIT :batch
""")
# What was sent is marked by the statement that numbers the next: one wait for the disk instead of two.
_MARK_AND_NUMBER = text("""
WITH marked AS (
    UPDATE outbox SET published_at = now() WHERE id = ANY(CAST(:sent AS bigint[]))
), waiting AS (
    SELECT id, audience FROM outbox WHERE published_at IS NULL AND sequence IS NULL ORDER BY id LIMIT :batch
), ranked AS (
    SELECT id, audience, row_number() OVER (PARTITION BY audience ORDER BY id) AS rank FROM waiting
), counted AS (
    UPDATE outbox_counter AS counter SET last = counter.last + part.size
    FROM (SELECT audience, count(*) AS size FROM waiting GROUP BY audience) AS part
    WHERE part.audience = counter.audience
    RETURNING counter.audience, counter.last - part.size AS base
)
UPDATE outbox SET sequence = counted.base + ranked.rank
FROM ranked JOIN counted USING (audience) WHERE outbox.id = ranked.id
RETURNING outbox.id, outbox.subject, outbox.envelope, outbox.sequence
""")
_MARK = text("UPDATE outbox SET published_at = now() WHERE id = ANY(CAST(:sent AS bigint[]))")


class Relay:
    """Run it as a task; ``wake`` it after a commit."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self._database = database
        self._broker = broker
        self._woken = asyncio.Event()
        self._leading = False
        self._ping = f"_trama.{broker.network}.{database.origin.service}.outbox"
        database.committed.append(self._on_commit)

    def _on_commit(self, staged: Sequence[Staged], _signals: Sequence[str]) -> None:
        if not staged:
            return
        self._woken.set()
        if not self._leading and self._broker.connected:
            # Another process holds the relay: a ping on core NATS saves it a poll.
            task = asyncio.ensure_future(self._broker.client.publish(self._ping, b""))
            task.add_done_callback(lambda done: done.exception())

    async def run(self) -> None:
        """Relays for ever; comes back from losing the database or the broker."""
        while True:
            try:
                await self._broker.wait_ready()
                async with self._database.reading() as connection:
                    if (await connection.execute(_LOCK)).scalar_one():
                        await self._lead(connection)
                await asyncio.sleep(POLL)
            except (DBAPIError, OSError, TimeoutError, nats.errors.Error) as error:
                log.warning("relay_interrupted", error=type(error).__name__)
                await asyncio.sleep(0.5)
            finally:
                self._leading = False

    async def _lead(self, connection: AsyncConnection) -> None:
        self._leading = True
        # What an earlier relay numbered and perhaps did not send goes first, under its numbers.
        while unsent := (await connection.execute(_NUMBERED, {"batch": BATCH})).all():
            await self._publish(unsent)
            await connection.execute(_MARK, {"sent": [row.id for row in unsent]})
        ping = await self._broker.client.subscribe(self._ping, cb=self._on_ping)
        sent: list[int] = []
        try:
            while True:
                self._woken.clear()
                found = await connection.execute(_MARK_AND_NUMBER, {"sent": sent, "batch": BATCH})
                rows = sorted(found.all(), key=lambda row: int(row.id))
                sent = [row.id for row in rows]
                if rows:
                    await self._publish(rows)
                else:
                    await self._sleep()
        finally:
            if self._broker.connected:
                await ping.unsubscribe()
            # The lock is the session's: end the session, lest the pool keep it.
            await connection.invalidate()

    async def _on_ping(self, _message: object) -> None:
        self._woken.set()

    async def _sleep(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), POLL)

    async def _publish(self, rows: Sequence[Row[Any]]) -> None:
        EVENTS_SENT.inc(len(rows))
        if len(rows) >= BATCH_PAYS:
            try:
                await self._publish_batch(rows)
            except APIError as error:
                # One duplicate refuses its whole batch (10201); sent singly, duplicates come back as such.
                log.info("relay_batch_refused", code=error.err_code, events=len(rows))
            else:
                return
        jetstream = self._broker.jetstream
        async with asyncio.timeout(ANSWER + len(rows) / 100):
            answers = [await jetstream.publish_async(row.subject, _body(row), headers=_headers(row)) for row in rows]
            await asyncio.gather(*answers)

    async def _publish_batch(self, rows: Sequence[Row[Any]]) -> None:
        """All or none, with one wait for the disk (JetStream's atomic batches)."""
        client = self._broker.client
        batch = str(new_id())
        for position, row in enumerate(rows[:-1], start=1):
            headers = _headers(row) | {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(position)}
            await client.publish(row.subject, _body(row), headers=headers)
        last = _headers(rows[-1]) | {
            "Nats-Batch-Id": batch,
            "Nats-Batch-Sequence": str(len(rows)),
            "Nats-Batch-Commit": "1",
        }
        answer = await client.request(rows[-1].subject, _body(rows[-1]), timeout=ANSWER, headers=last)
        reply = json.loads(answer.data)
        if "error" in reply:
            raise APIError.from_error(reply["error"])


def _headers(row: Row[Any]) -> dict[str, str]:
    headers = {"Nats-Msg-Id": str(row.envelope["id"])}
    if trace := row.envelope.get("traceparent"):
        headers["traceparent"] = str(trace)
    return headers


def _body(row: Row[Any]) -> bytes:
    return json.dumps({**row.envelope, "sequence": row.sequence}, ensure_ascii=False, separators=(",", ":")).encode()
