"""The events of a network, written down for those who don't read Python: an AsyncAPI 3 document and JSON Schemas.

    python -m kit.asyncapi docs/events

Both are made of ``contracts`` alone, and say what a reader may rely on: a field with a default may be missing, and fields
that it does not know may be there. Every event has an example that its contract takes.
"""

import importlib
import json
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import contracts
from contracts.envelope import Envelope, Fact

DOCUMENT = "asyncapi.json"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
#: pydantic's own words for what the pattern of a decimal string can't say; they mean nothing to JSON Schema.
_FOREIGN = frozenset({"gt", "ge", "lt", "le", "decimal_places", "max_digits", "multiple_of"})
_UUID, _INSTANT = "01928c0e-7d2a-7c3b-9c41-5b0f3a2d1e60", "2026-03-08T02:00:00Z"
#: Examples by JSON Schema's ``format``.
_FORMATS = {"uuid": _UUID, "date-time": _INSTANT, "date": "2026-03-07", "email": "hernandez@queretaro.example"}


def facts() -> list[type[Fact]]:
    """Every event that there is, by type."""
    found: dict[str, type[Fact]] = {}
    for module in pkgutil.iter_modules(contracts.__path__):
        for kind in vars(importlib.import_module(f"contracts.{module.name}")).values():
            if isinstance(kind, type) and issubclass(kind, Fact) and hasattr(kind, "topic"):
                found[kind.topic.type] = kind
    return [found[name] for name in sorted(found)]


def name_of(fact: type[Fact]) -> str:
    """What the event is called in the document, such as ``members.decision.taken.v1``."""
    topic = fact.topic
    return f"{topic.service}.{topic.thing}.{topic.happened}.v{topic.version}"


def _text(kind: type[BaseModel]) -> str:
    """The first sentence of a docstring, on one line; that of the class it builds on where it has none."""
    for owner in kind.__mro__:
        if owner in {Fact, BaseModel, object}:
            break
        if owner.__doc__:
            return " ".join(owner.__doc__.split("\n\n")[0].split())
    return ""


def _cleaned(schema: Any) -> Any:
    if isinstance(schema, Mapping):
        return {key: _cleaned(value) for key, value in schema.items() if key not in _FOREIGN}
    return [_cleaned(item) for item in schema] if isinstance(schema, list) else schema


def example(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    """A value that the schema takes. Raises ValueError for a text with a pattern and no example to go by."""
    if "$ref" in schema:
        return example(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    if schema.get("examples"):
        return schema["examples"][0]
    for choices in ("anyOf", "oneOf", "allOf"):
        if choices in schema:
            return example(schema[choices][0], definitions)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    return _of_type(schema, definitions)


def _of_type(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        named = schema.get("properties", {})
        return {name: example(part, definitions) for name, part in named.items()}
    if kind == "array":
        return [example(schema["items"], definitions)] if "items" in schema else []
    if kind == "string":
        if "pattern" in schema:
            raise ValueError(f"{schema.get('title')} has a pattern and no example")
        return _FORMATS.get(str(schema.get("format")), schema.get("title", "text"))
    return {"integer": schema.get("minimum", 1), "number": schema.get("minimum", 1.5), "boolean": True}.get(str(kind))


def envelope(fact: type[Fact], data: Any) -> dict[str, Any]:
    """The event as it arrives, as an example."""
    topic = fact.topic
    return {
        "specversion": "1.0",
        "id": _UUID,
        "source": f"/networks/queretaro/{topic.service}",
        "type": topic.type,
        "subject": _UUID,
        "time": _INSTANT,
        "datacontenttype": "application/json",
        "version": 1,
        "sequence": 42,
        "data": data,
    }


def _message(fact: type[Fact], reference: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    data = fact.model_validate(example(reference, definitions)).model_dump(mode="json")
    specific = {"properties": {"type": {"const": fact.topic.type}, "data": reference}}
    return {
        "name": fact.topic.type,
        "title": fact.__name__,
        "summary": _text(fact),
        "contentType": "application/json",
        "payload": {"allOf": [{"$ref": "#/components/schemas/Envelope"}, specific]},
        "examples": [{"name": name_of(fact), "payload": envelope(fact, data)}],
    }


def _channel(fact: type[Fact]) -> dict[str, Any]:
    topic, name = fact.topic, name_of(fact)
    readers = "every federated peer may read it" if topic.audience == "pub" else "it never leaves the network"
    return {
        "address": topic.subject("{network}"),
        "title": fact.__name__,
        "summary": f"Said by {topic.service} of a {topic.thing}; {readers}.",
        "parameters": {"network": {"$ref": "#/components/parameters/network"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "tags": [{"name": topic.service}, {"name": topic.audience}],
    }


def _operation(fact: type[Fact]) -> dict[str, Any]:
    name = name_of(fact)
    return {
        "action": "send",
        "title": f"{fact.topic.service} says {fact.__name__}",
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
    }


def document(kinds: Sequence[type[Fact]]) -> dict[str, Any]:
    """The AsyncAPI 3 document of these events."""
    models: list[type[BaseModel]] = [Envelope, *kinds]
    references, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    definitions = _cleaned(schemas["$defs"])
    messages = {name_of(kind): _message(kind, references[kind, "validation"], definitions) for kind in kinds}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Trama events",
            "version": "1",
            "description": "What the pieces of a network say to each other, and what peers may read. CloudEvents 1.0, "
            "structured JSON, over NATS JetStream; public events also by GET /events at the gateway.",
        },
        "defaultContentType": "application/json",
        "channels": {name_of(kind): _channel(kind) for kind in kinds},
        "operations": {f"say.{name_of(kind)}": _operation(kind) for kind in kinds},
        "components": {
            "parameters": {"network": {"description": "The network's slug, such as queretaro"}},
            "messages": messages,
            "schemas": definitions,
        },
    }


def _schema(kind: type[BaseModel], name: str, title: str) -> dict[str, Any]:
    schema: dict[str, Any] = _cleaned(kind.model_json_schema())
    return {"$schema": DRAFT, "$id": f"urn:trama:schema:{name}", **schema, "title": title}


def files() -> dict[str, str]:
    """All documents, by their path below ``docs/events``."""
    kinds = facts()
    found = {DOCUMENT: document(kinds), "schemas/envelope.json": _schema(Envelope, "envelope", "Envelope")}
    for kind in kinds:
        found[f"schemas/{name_of(kind)}.json"] = _schema(kind, name_of(kind), kind.__name__)
    return {path: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for path, content in found.items()}


def write(folder: Path) -> None:
    """Writes the documents, and removes schemas of events that there are no more."""
    wanted = files()
    for path, content in wanted.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    for old in folder.rglob("*.json"):
        if str(old.relative_to(folder)) not in wanted:
            old.unlink()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
