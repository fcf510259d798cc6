"""An event as a handler sees it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from contracts.envelope import Envelope, Fact

if TYPE_CHECKING:
    from kit.database import Work


@dataclass(frozen=True)
class Event[F: Fact]:
    """A fact that another piece stated, with who said it of what and when."""

    id: UUID
    source: str
    subject: UUID
    version: int
    time: datetime
    data: F


type Handler[F: Fact] = Callable[[Work, Sequence[Event[F]]], Awaitable[None]]


@dataclass(frozen=True)
class Subscription[F: Fact]:
    """Events of one kind go to one handler, in batches in which each thing stands at most once.

    A handler acts on the state that the event carries: older states may have been skipped. Where several subscribe to
    one kind, as the rooms of a service may, they hear it one after the other, in one transaction.
    """

    fact: type[F]
    handler: "Handler[F]"

    def and_then(self, other: "Subscription[F]") -> "Subscription[F]":
        """Both of them, of the same kind of event."""

        async def both(work: "Work", events: Sequence[Event[F]]) -> None:
            await self.handler(work, events)
            await other.handler(work, events)

        return Subscription(self.fact, both)


def open_envelope(body: bytes, fact: type[Fact]) -> Event[Any]:
    """Reads and checks an event against its contract. Raises pydantic.ValidationError."""
    envelope = Envelope.model_validate_json(body)
    return Event(
        id=envelope.id,
        source=envelope.source,
        subject=envelope.subject,
        version=envelope.version,
        time=envelope.time,
        data=fact.model_validate(envelope.data),
    )
