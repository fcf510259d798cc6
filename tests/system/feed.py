"""The public events as a reader without NATS gets them: server-sent, and in batches."""

import json
import re
import time
from typing import Any

import httpx

from tests.system.calling import Journal, Step


class Feed:
    """Reads ``GET /events`` both ways."""

    def __init__(self, http: httpx.Client, journal: Journal) -> None:
        self._http = http
        self._journal = journal

    def position(self) -> str:
        """The end of the stream: what happens from now on is behind it."""
        answer = self._http.get("/events", params={"after": "now"})
        assert answer.status_code == 200, answer.text
        return _next(answer)

    def batch(self, after: str, row: int | None = None) -> list[Any]:
        """All events behind this place, page by page."""
        events: list[Any] = []
        while True:
            began = time.perf_counter()
            answer = self._http.get("/events", params={"after": after, "limit": "5"})
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == "application/cloudevents-batch+json"
            self._note(row, "GET /events?after=…", answer.status_code, began)
            row = None
            if not answer.json():
                return events
            events += answer.json()
            after = _next(answer)

    def stream(self, after: str, *, until: tuple[str, str], row: int | None = None, seconds: float = 15) -> list[Any]:
        """The events behind this place as they are sent, up to the one of this type and subject."""
        events: list[Any] = []
        places: list[int] = []
        began = time.perf_counter()
        headers = {"accept": "text/event-stream", "last-event-id": after}
        with self._http.stream("GET", "/events", headers=headers, timeout=seconds) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    places.append(int(value))
                elif name == "data":
                    events.append(json.loads(value))
                    if is_of(events[-1], *until):
                        break
                assert time.perf_counter() - began < seconds, f"{until} did not come; last: {events[-1:]}"
        self._note(row, "GET /events (server-sent)", answer.status_code, began)
        assert places == sorted(set(places)), "each event once, in order"
        assert len(places) == len(events)
        return events

    def _note(self, row: int | None, call: str, status: int, began: float) -> None:
        if row is not None:
            self._journal.steps.append(Step(row, call, status, (time.perf_counter() - began) * 1000))


def happened(event: Any) -> str:
    """What an event is about, such as ``cycle.closed``."""
    found = re.fullmatch(r"coop\.trama\.[a-z]+\.([a-z]+\.[a-z]+)\.v1", event["type"])
    assert found, event["type"]
    return found[1]


def is_of(event: Any, what: str, subject: str) -> bool:
    return happened(event) == what and event["subject"] == subject


def check_order(events: list[Any]) -> None:
    """Each service counts its public events without a gap, and a thing's version only grows."""
    for source in {event["source"] for event in events}:
        counted = [event["sequence"] for event in events if event["source"] == source]
        assert counted == list(range(counted[0], counted[0] + len(counted))), source
    for subject in {(event["source"], event["subject"]) for event in events}:
        versions = [event["version"] for event in events if (event["source"], event["subject"]) == subject]
        assert versions == sorted(set(versions)), subject


def _next(answer: httpx.Response) -> str:
    return str(httpx.URL(answer.links["next"]["url"]).params["after"])
