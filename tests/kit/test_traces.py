"""One trace from the request to what its event does elsewhere (W3C trace context)."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from tests.kit.conftest import NoteHeard, NoteWritten

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What is traced while a test runs. The provider is the process's, so it is set once and kept."""
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()


async def test_an_event_carries_the_trace_of_the_request_that_caused_it(
    spans: InMemorySpanExporter, spy: Spy, piece: Piece
) -> None:
    await piece.client.post("/v1/notes", json={"id": str(uuid4()), "words": "x"}, headers={"traceparent": PARENT})
    await spy.next(NoteWritten)
    message = spy._arrived[0]
    assert json.loads(message.data)["traceparent"].split("-")[1] == TRACE
    assert (message.headers or {})["traceparent"].split("-")[1] == TRACE


async def test_handling_an_event_continues_its_trace(spans: InMemorySpanExporter, spy: Spy, piece: Piece) -> None:
    await spy.publish_raw(
        NoteHeard.topic.subject(piece.app.state.broker.network),
        {
            "id": str(uuid4()),
            "source": f"/networks/{piece.app.state.broker.network}/catalog",
            "type": NoteHeard.topic.type,
            "subject": str(uuid4()),
            "time": "2026-03-07T20:00:00Z",
            "version": 1,
            "data": {"words": "traced"},
        },
        {"traceparent": PARENT},
    )

    async def handled() -> list[str]:
        return [
            format(span.context.trace_id, "032x")
            for span in spans.get_finished_spans()
            if span.context is not None and span.name.startswith("handle ")
        ]

    assert await eventually(handled) == [TRACE]
