"""The pieces' OpenAPI documents as one, and the page that shows it."""

import copy
import json
from typing import Any

import pytest

from gateway.joining import joined
from gateway.own_paths import own_document
from tests.gateway.conftest import Start
from tests.gateway.upstream import Exchange, upstream

MONEY = {"type": "object", "properties": {"amount": {"type": "string"}}}
SCHEME = {"OAuth2": {"type": "oauth2", "flows": {"password": {"scopes": {}, "tokenUrl": "/v1/token"}}}}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def document(operation: str, tag: str, schemas: dict[str, Any], answer: str) -> dict[str, Any]:
    """A piece with one operation whose answer has the schema ``answer``."""
    content = {"application/json": {"schema": ref(answer)}}
    get = {"operationId": operation, "tags": [tag], "responses": {"200": {"description": "", "content": content}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": {f"/v1/{tag}": {"get": get}, "/health/live": {"get": {"operationId": "live", "responses": {}}}},
        "components": {"schemas": schemas, "securitySchemes": SCHEME},
    }


def join(**documents: dict[str, Any]) -> dict[str, Any]:
    return joined(documents, own_document("queretaro", "La Coope", ""))


def shown(whole: dict[str, Any], path: str) -> str:
    schema = whole["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    name: str = schema["$ref"].rpartition("/")[2]
    return name


def test_paths_are_those_from_outside_and_a_pieces_own_affairs_stay_out() -> None:
    whole = join(catalog=document("list", "products", {"Money": MONEY}, "Money"))
    assert set(whole["paths"]) == {"/health", "/events", "/api/catalog/v1/products"}
    assert whole["servers"] == [{"url": "/"}]
    assert whole["components"]["securitySchemes"]["OAuth2"]["flows"]["password"]["tokenUrl"] == "/api/members/v1/token"


def test_a_component_that_all_describe_alike_is_there_once_under_its_name() -> None:
    whole = join(
        catalog=document("a", "products", {"Money": MONEY}, "Money"),
        orders=document("b", "orders", {"Money": copy.deepcopy(MONEY)}, "Money"),
    )
    assert set(whole["components"]["schemas"]) == {"Money", "NetworkHealth", "CloudEvent"}
    assert shown(whole, "/api/orders/v1/orders") == "Money"


def test_a_component_that_two_describe_differently_gets_its_pieces_name_and_is_referred_to_by_it() -> None:
    whole = join(
        catalog=document("a", "products", {"Page": {"type": "object"}}, "Page"),
        orders=document("b", "orders", {"Page": {"type": "array"}}, "Page"),
    )
    assert {"CatalogPage", "OrdersPage"} <= set(whole["components"]["schemas"])
    assert "Page" not in whole["components"]["schemas"]
    assert shown(whole, "/api/catalog/v1/products") == "CatalogPage"
    assert shown(whole, "/api/orders/v1/orders") == "OrdersPage"


def test_alike_texts_that_refer_to_different_things_are_not_alike() -> None:
    """``Page`` reads the same in both, but means other lines."""
    page = {"type": "array", "items": ref("Line")}
    outer = {"type": "object", "properties": {"page": ref("Page")}}
    whole = join(
        catalog=document("a", "products", {"Page": page, "Outer": outer, "Line": {"type": "string"}}, "Outer"),
        orders=document("b", "orders", {"Page": page, "Outer": outer, "Line": {"type": "integer"}}, "Outer"),
    )
    schemas = whole["components"]["schemas"]
    assert shown(whole, "/api/orders/v1/orders") == "OrdersOuter"
    assert schemas["OrdersOuter"]["properties"]["page"] == ref("OrdersPage")
    assert schemas["OrdersPage"]["items"] == ref("OrdersLine")
    assert schemas["OrdersLine"] == {"type": "integer"}


def test_a_discriminators_mapping_is_renamed_too() -> None:
    def schemas(kind: str) -> dict[str, Any]:
        union = {"discriminator": {"mapping": {"a": "#/components/schemas/A"}}, "oneOf": [ref("A")]}
        return {"A": {"type": kind}, "U": union}

    whole = join(
        catalog=document("a", "products", schemas("string"), "U"),
        orders=document("b", "orders", schemas("integer"), "U"),
    )
    union = whole["components"]["schemas"]["OrdersU"]
    assert union["discriminator"]["mapping"] == {"a": "#/components/schemas/OrdersA"}


def test_operation_ids_and_tags_are_unique_and_keep_their_names_where_they_can() -> None:
    whole = join(
        catalog=document("import_file", "imports", {"Money": MONEY}, "Money"),
        directory=document("import_file", "imports", {"Money": MONEY}, "Money"),
        orders=document("list_cycles", "cycles", {"Money": MONEY}, "Money"),
    )
    ids = {path: item["get"]["operationId"] for path, item in whole["paths"].items()}
    assert ids["/api/catalog/v1/imports"] == "catalog_import_file"
    assert ids["/api/directory/v1/imports"] == "directory_import_file"
    assert ids["/api/orders/v1/cycles"] == "list_cycles"
    names = [tag["name"] for tag in whole["tags"]]
    assert names == ["network", "catalog: imports", "directory: imports", "cycles"]
    assert whole["paths"]["/api/orders/v1/cycles"]["get"]["tags"] == ["cycles"]


@pytest.mark.parametrize("_time", [1, 2])
def test_joining_changes_none_of_the_documents_that_it_joins(_time: int) -> None:
    given = {"catalog": document("a", "products", {"Money": MONEY}, "Money")}
    before = copy.deepcopy(given)
    joined(given, own_document("queretaro", "", "https://coope.example/"))
    assert given == before


async def test_the_document_is_the_deployed_pieces_own_with_an_etag(starting: Start) -> None:
    described = document("a", "products", {"Money": MONEY}, "Money")

    async def script(exchange: Exchange) -> None:
        assert exchange.line == "GET /openapi.json HTTP/1.1"
        await exchange.json(json.dumps(described).encode())

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        first = await gateway.client.get("/openapi.json")
        assert "/api/catalog/v1/products" in first.json()["paths"]
        again = await gateway.client.get("/openapi.json", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert len(piece.seen) == 1


async def test_a_piece_that_is_down_is_missing_only_until_it_is_back(
    starting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.documents.INCOMPLETE", 0.0)
    monkeypatch.setattr("gateway.documents.FRESH", 0.0)
    down = {0, 2}

    async def script(exchange: Exchange) -> None:
        if turn in down:
            raise ConnectionError
        await exchange.json(json.dumps(document("a", "products", {"Money": MONEY}, "Money")).encode())

    async with upstream(script) as piece, starting(catalog_url=piece.url) as gateway:
        shown_by_turn = []
        for turn in range(3):  # noqa: B007 - the piece looks at it
            paths = (await gateway.client.get("/openapi.json")).json()["paths"]
            shown_by_turn.append("/api/catalog/v1/products" in paths)
        assert shown_by_turn == [False, True, True], "what was seen once stays shown"


async def test_the_docs_page_may_load_nothing_from_outside(starting: Start) -> None:
    async with starting() as gateway:
        page = await gateway.client.get("/docs")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "http" not in policy
        assert "http" not in page.text
        for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js"):
            assert f"/docs/{asset}" in page.text
            answer = await gateway.client.get(f"/docs/{asset}")
            assert answer.status_code == 200
            assert answer.headers["content-type"].split(";")[0] in ("text/javascript", "text/css")
            again = await gateway.client.get(f"/docs/{asset}", headers={"if-none-match": answer.headers["etag"]})
            assert again.status_code == 304
