"""Each event is handled once, and never after a newer one of the same thing."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.messaging.events import Event

# The rows are locked in the order of their keys, so that two replicas can't wait for each other.
_TAKE = text("""
WITH offered AS (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:things AS text[]), CAST(:subjects AS uuid[]),
                         CAST(:versions AS bigint[])) AS o(event_id, thing, subject, version)
    ORDER BY thing, subject
), fresh AS (
    INSERT INTO inbox (event_id) SELECT event_id FROM offered ORDER BY event_id
    ON CONFLICT DO NOTHING RETURNING event_id
), newest AS (
    INSERT INTO latest (thing, subject, version)
    SELECT thing, subject, version FROM offered JOIN fresh USING (event_id) ORDER BY thing, subject
    ON CONFLICT (thing, subject) DO UPDATE SET version = EXCLUDED.version WHERE latest.version < EXCLUDED.version
    RETURNING thing, subject
)
SELECT event_id FROM offered JOIN newest USING (thing, subject) JOIN fresh USING (event_id)
""")


def thing_of(event: Event[Any]) -> str:
    """The kind of thing that an event speaks of, within the network that says it."""
    topic = event.data.topic
    return f"{event.source}/{topic.thing}"


async def take(connection: AsyncConnection, events: Sequence[Event[Any]]) -> list[Event[Any]]:
    """Marks the events as handled; returns those that are new and not older than what was seen, in their order.

    No two of ``events`` may speak of the same thing.
    """
    rows = await connection.execute(
        _TAKE,
        {
            "ids": [event.id for event in events],
            "things": [thing_of(event) for event in events],
            "subjects": [event.subject for event in events],
            "versions": [event.version for event in events],
        },
    )
    taken = set(rows.scalars())
    return [event for event in events if event.id in taken]
