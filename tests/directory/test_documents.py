"""What is declared is what is: the answers' schema, the database's tables, the people's texts."""

import ast
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from pydantic import BaseModel

from directory.entities.models import Entity
from directory.main import build
from directory.search.schemas import Entries, FeatureCollection
from directory.settings import Settings
from kit.testing.databases import Databases, differences
from kit.testing.pieces import Piece


async def test_migrations_make_the_tables_that_the_models_declare(databases: Databases) -> None:
    async with databases.fresh("directory") as url:
        assert await differences(url, Entity.metadata) == []


def unknown(value: Any, schema: dict[str, Any], definitions: dict[str, Any], at: str = "") -> list[str]:
    """Where a JSON value has members that its schema does not name, or lacks some that it requires."""
    schema = definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    for option in schema.get("anyOf", []):
        if option.get("type") != "null" and value is not None:
            return unknown(value, option, definitions, at)
    if isinstance(value, list):
        items = schema.get("items", {})
        return [one for inner in value for one in unknown(inner, items, definitions, f"{at}/*")]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    properties = schema["properties"]
    wrong = [f"{at}/{name}" for name in value if name not in properties]
    wrong += [f"{at}/{name} missing" for name in schema.get("required", []) if name not in value]
    return wrong + [
        one
        for name in value
        if name in properties
        for one in unknown(value[name], properties[name], definitions, f"{at}/{name}")
    ]


@pytest.mark.parametrize(
    ("address", "media_type", "model"),
    [
        ("/v1/entities", "application/json", Entries),
        ("/v1/entities.geojson", "application/geo+json", FeatureCollection),
    ],
)
@pytest.mark.parametrize("query", [{"limit": 200}, {"limit": 200, "near": "48,16"}, {"q": "garten"}, {"q": "??"}])
async def test_the_bytes_that_the_database_builds_are_what_the_document_says(
    neighbours: Piece, address: str, media_type: str, model: type[BaseModel], query: dict[str, Any]
) -> None:
    document = (await neighbours.client.get("/openapi.json")).json()
    declared = document["paths"][address]["get"]["responses"]["200"]["content"]
    assert set(declared) == {media_type}
    body = (await neighbours.client.get(address, params=query)).content
    assert unknown(json.loads(body), declared[media_type]["schema"], document["components"]["schemas"]) == []
    model.model_validate_json(body)


def test_every_operation_has_a_name_and_a_description() -> None:
    settings = Settings(network="queretaro", database_url="postgresql://nobody@127.0.0.1:1/none", log_level="error")
    paths = build(settings).openapi()["paths"]
    operations = [one for path in paths.values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert all(one.get("description") for one in operations)
    assert "application/geo+json" in paths["/v1/imports"]["post"]["requestBody"]["content"]


def test_every_remark_of_an_import_and_of_a_field_has_its_spanish() -> None:
    with (files("directory") / "locales" / "es.po").open("rb") as stream:
        spanish = {str(entry.id): str(entry.string) for entry in read_po(stream) if entry.id and entry.string}
    said = set()
    for file in Path(str(files("directory"))).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in ("add", "PydanticCustomError") and len(node.args) == 2:
                message = node.args[1]
                assert isinstance(message, ast.Constant)
                said.add(str(message.value))
    assert len(said) > 10
    assert said - set(spanish) == set()
