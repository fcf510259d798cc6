"""Events are written into the outbox by the transaction that makes them true."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from opentelemetry.propagate import inject
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.envelope import Envelope, Fact
from kit.ids import new_id


@dataclass(frozen=True)
class Origin:
    """Who speaks: a service of a network."""

    network: str
    service: str

    @property
    def source(self) -> str:
        """The CloudEvents source."""
        return f"/networks/{self.network}/{self.service}"


@dataclass(frozen=True)
class Staged:
    """An event on its way into the outbox. Its number is given when it is sent."""

    event_id: UUID
    audience: str
    subject: str
    envelope: dict[str, Any]

    def as_row(self) -> dict[str, Any]:
        """For statements that write the outbox themselves, by ``json_to_recordset``."""
        return {
            "event_id": str(self.event_id),
            "audience": self.audience,
            "subject": self.subject,
            "envelope": self.envelope,
        }


def stage(origin: Origin, fact: Fact, *, subject: UUID, version: int, now: datetime) -> Staged:
    """The event that says ``fact`` of the thing ``subject``, in its envelope. Raises ValueError for a foreign fact."""
    if fact.topic.service != origin.service:
        raise ValueError(f"{origin.service} can't speak for {fact.topic.service}")
    trace: dict[str, str] = {}
    inject(trace)
    envelope = Envelope(
        id=new_id(),
        source=origin.source,
        type=fact.topic.type,
        subject=subject,
        time=now,
        traceparent=trace.get("traceparent"),
        version=version,
        data=fact.model_dump(mode="json"),
    )
    return Staged(
        event_id=envelope.id,
        audience=fact.topic.audience,
        subject=fact.topic.subject(origin.network),
        envelope=envelope.model_dump(mode="json", exclude={"sequence"}, exclude_none=True),
    )


#: Takes the parameter ``:outbox``, a JSON array of ``Staged.as_row()``; use it as one part of a larger statement.
INSERT = """
INSERT INTO outbox (event_id, audience, subject, envelope)
SELECT event_id, audience, subject, envelope
FROM jsonb_to_recordset(CAST(:outbox AS jsonb)) AS staged(event_id uuid, audience text, subject text, envelope jsonb)
"""


async def write(connection: AsyncConnection, staged: Sequence[Staged]) -> None:
    """Writes all staged events with one statement."""
    if staged:
        await connection.execute(text(INSERT), {"outbox": json.dumps([event.as_row() for event in staged])})
