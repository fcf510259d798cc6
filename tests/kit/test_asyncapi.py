"""The events are written down as they are in the contracts."""

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import Field

from contracts.envelope import Envelope, Fact, Topic
from kit import asyncapi
from kit.messaging.events import open_envelope

COMMITTED = Path(__file__).parents[2] / "docs" / "events"
FACTS = asyncapi.facts()


def test_the_committed_documents_are_current() -> None:
    """If not: ``make events``, and look at the difference: a field that goes, or changes, needs a new version."""
    committed = {str(path.relative_to(COMMITTED)): path.read_text() for path in COMMITTED.rglob("*.json")}
    wanted = asyncapi.files()
    assert committed.keys() == wanted.keys()
    assert [path for path in wanted if wanted[path] != committed[path]] == []


def test_every_event_has_its_channel_by_network_and_audience() -> None:
    document = asyncapi.document(FACTS)
    assert document["asyncapi"] == "3.0.0"
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses == {fact.topic.subject("{network}") for fact in FACTS}
    assert "{network}.int.members.decision.taken.v1" in addresses
    assert {address.split(".")[1] for address in addresses} == {"pub", "int"}


@pytest.mark.parametrize("fact", FACTS, ids=[asyncapi.name_of(fact) for fact in FACTS])
def test_an_events_example_is_one(fact: type[Fact]) -> None:
    message = asyncapi.document([fact])["components"]["messages"][asyncapi.name_of(fact)]
    payload = message["examples"][0]["payload"]
    Envelope.model_validate(payload)
    event = open_envelope(json.dumps(payload).encode(), fact)
    assert event.data.model_dump(mode="json") == payload["data"]


def references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*(references(value) for value in part.values()))
    return set().union(*(references(item) for item in part)) if isinstance(part, list) else set()


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi.document(FACTS)
    for reference in references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_what_goes_from_the_contracts_goes_from_the_folder(tmp_path: Path) -> None:
    asyncapi.write(tmp_path)
    (tmp_path / "schemas" / "old.thing.said.v1.json").write_text("{}")
    asyncapi.write(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.json")} == asyncapi.files().keys()


def test_a_pattern_without_an_example_is_asked_for_one() -> None:
    class Odd(Fact):
        topic: ClassVar[Topic] = Topic("members", "odd", "said", 1, "int")
        code: str = Field(pattern="^[0-9]{4}$")

    with pytest.raises(ValueError, match="no example"):
        asyncapi.document([Odd])
