"""Several OpenAPI 3.1 documents as one. Pure.

A client is generated from the whole, so every name in it has one meaning: a component that all who have it describe
alike is kept once, one that they describe differently gets its piece's name in front, for each of them, whichever other
pieces are deployed beside. The same for tags and operation ids.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

type Document = dict[str, Any]
#: A component by its section and name, such as ("schemas", "Money").
type Component = tuple[str, str]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SECURITY = "securitySchemes"
TOKEN_ADDRESS = "/api/members/v1/token"  # noqa: S105 - an address, no secret


def joined(documents: Mapping[str, Document], own: Document) -> Document:
    """The pieces' documents, by piece, under ``/api/<piece>``, together with the gateway's ``own``."""
    clashing = _clashing(documents)
    repeated_tags = _repeated(_tags(document) for document in documents.values())
    repeated_ids = _repeated(_operation_ids(document) for document in documents.values())
    whole: Document = json.loads(json.dumps(own))
    components: dict[str, dict[str, Any]] = whole.setdefault("components", {})
    tags: list[dict[str, Any]] = whole.setdefault("tags", [])
    for piece, document in documents.items():
        names = {key: piece.capitalize() + key[1] for key in _components(document) if key in clashing}
        for (section, name), component in _components(document).items():
            placed = components.setdefault(section, {})
            placed[names.get((section, name), name)] = _renamed(component, names)
        for path, item in document.get("paths", {}).items():
            if path.startswith("/v"):
                whole["paths"][f"/api/{piece}{path}"] = _operations(
                    _renamed(item, names), piece, repeated_tags, repeated_ids
                )
        known = {tag["name"]: tag for tag in document.get("tags", [])}
        tags += [
            {**known.get(tag, {}), "name": _prefixed(tag, piece, repeated_tags)} for tag in sorted(_tags(document))
        ]
    for scheme in components.get(SECURITY, {}).values():
        for flow in scheme.get("flows", {}).values():
            flow.update({address: TOKEN_ADDRESS for address in ("tokenUrl", "refreshUrl") if address in flow})
    return whole


def _components(document: Document) -> dict[Component, Any]:
    return {
        (section, name): component
        for section, components in document.get("components", {}).items()
        for name, component in components.items()
    }


def _clashing(documents: Mapping[str, Document]) -> set[Component]:
    """Components that two pieces describe differently, themselves or by what they refer to."""
    texts: dict[Component, set[str]] = defaultdict(set)
    holders: Counter[Component] = Counter()
    refers: dict[Component, set[Component]] = defaultdict(set)
    for document in documents.values():
        for key, component in _components(document).items():
            texts[key].add(json.dumps(component, sort_keys=True))
            holders[key] += 1
            refers[key].update(_references(component))
    clashing = {key for key, different in texts.items() if len(different) > 1 and key[0] != SECURITY}
    while True:
        more = {key for key in texts if key not in clashing and holders[key] > 1 and refers[key] & clashing}
        if not more:
            return clashing
        clashing |= more


def _references(value: Any) -> Iterator[Component]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
    elif isinstance(value, str) and (key := _pointed(value)):
        yield key


def _pointed(text: str) -> Component | None:
    """The component that a reference (or a discriminator's mapping) points to."""
    parts = text.split("/")
    return (parts[2], parts[3]) if len(parts) == 4 and parts[:2] == ["#", "components"] else None


def _renamed(value: Any, names: Mapping[Component, str]) -> Any:
    """The same with references to the new names."""
    if isinstance(value, dict):
        return {key: _renamed(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, names) for inner in value]
    if isinstance(value, str) and (key := _pointed(value)) is not None and key in names:
        return f"#/components/{key[0]}/{names[key]}"
    return value


def _operations(item: dict[str, Any], piece: str, repeated_tags: set[str], repeated_ids: set[str]) -> dict[str, Any]:
    for method in METHODS:
        operation = item.get(method)
        if operation is None:
            continue
        operation["tags"] = [_prefixed(tag, piece, repeated_tags) for tag in operation.get("tags", [])]
        if operation.get("operationId") in repeated_ids:
            operation["operationId"] = f"{piece}_{operation['operationId']}"
    return item


def _prefixed(tag: str, piece: str, repeated: set[str]) -> str:
    return f"{piece}: {tag}" if tag in repeated else tag


def _each_operation(document: Document) -> Iterator[dict[str, Any]]:
    for path, item in document.get("paths", {}).items():
        if path.startswith("/v"):
            yield from (item[method] for method in METHODS if method in item)


def _tags(document: Document) -> set[str]:
    return {tag for operation in _each_operation(document) for tag in operation.get("tags", [])}


def _operation_ids(document: Document) -> set[str]:
    return {operation["operationId"] for operation in _each_operation(document) if "operationId" in operation}


def _repeated(named: Iterator[set[str]]) -> set[str]:
    counted = Counter(name for names in named for name in names)
    return {name for name, count in counted.items() if count > 1}
