"""What the gateway itself answers, as OpenAPI: the frame that the pieces' documents are joined into. Pure."""

from typing import Any

PROBLEM_TYPE = "application/problem+json"


def own_document(network: str, name: str, public_url: str) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Trama: {name or network}",
            "version": "1",
            "description": (
                "All deployed pieces of the network behind one address. Sign in at `POST /api/members/v1/token` (the "
                "button *Authorize* does it) and send the token as `Authorization: Bearer`. Every error is a problem "
                "(RFC 9457) in the language of `Accept-Language`."
            ),
        },
        "servers": [{"url": public_url.rstrip("/") or "/"}],
        "tags": [{"name": "network", "description": "The network as a whole: its health and its public events"}],
        "paths": {"/health": {"get": _health(network)}, "/events": {"get": _events()}},
        "components": {"schemas": {"NetworkHealth": _health_schema(network), "CloudEvent": _event_schema(network)}},
    }


def _health(network: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/NetworkHealth"}}}
    return {
        "operationId": "get_network_health",
        "tags": ["network"],
        "summary": f"Which pieces {network} runs, and how each is",
        "responses": {
            "200": {"description": "All is well", "content": content},
            "503": {"description": "A deployed piece is down", "content": content},
        },
    }


def _health_schema(network: str) -> dict[str, Any]:
    state = {"type": "string", "enum": ["ok", "down"]}
    return {
        "type": "object",
        "required": ["network", "status", "pieces"],
        "properties": {
            "network": {"type": "string", "description": "The network's slug", "examples": [network]},
            "status": {"type": "string", "enum": ["ok", "degraded"]},
            "pieces": {"type": "object", "additionalProperties": state, "examples": [{"members": "ok"}]},
        },
    }


def _events() -> dict[str, Any]:
    event = {"$ref": "#/components/schemas/CloudEvent"}
    return {
        "operationId": "list_events",
        "tags": ["network"],
        "summary": "The network's public events, in order",
        "description": (
            "With `Accept: text/event-stream` as server-sent events: `id` is the place in the stream, and "
            "`Last-Event-ID` (or `after`) goes on behind it. Otherwise a batch of those behind `after`; its `Link` "
            "with `rel=next` is where to go on. Without a place it begins with the oldest event that is kept; "
            "`after=now` begins with what comes."
        ),
        "parameters": [
            _parameter("after", "query", "The place behind which to begin, or `now`", {"type": "string"}, "42"),
            _parameter(
                "limit",
                "query",
                "Events in a batch",
                {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
            ),
            _parameter(
                "wait",
                "query",
                "Seconds to wait for an event if there is none; also as `Prefer: wait=`",
                {"type": "integer", "minimum": 0, "maximum": 25, "default": 0},
            ),
            _parameter("Last-Event-ID", "header", "As `after`, and goes before it", {"type": "string"}, "42"),
        ],
        "responses": {
            "200": {
                "description": "Events, oldest first",
                "headers": {"Link": {"description": "Where to go on", "schema": {"type": "string"}}},
                "content": {
                    "application/cloudevents-batch+json": {"schema": {"type": "array", "items": event}},
                    "text/event-stream": {"schema": {"type": "string"}},
                },
            },
            "503": {"description": "The broker is away", "content": {PROBLEM_TYPE: {"schema": {"type": "object"}}}},
        },
    }


def _parameter(name: str, place: str, description: str, schema: dict[str, Any], example: str = "") -> dict[str, Any]:
    shown = {"example": example} if example else {}
    return {"name": name, "in": place, "required": False, "description": description, "schema": schema, **shown}


def _event_schema(network: str) -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "A CloudEvent 1.0; what `data` holds is said by its `type`",
        "required": ["specversion", "id", "source", "type", "subject", "time", "version", "data"],
        "properties": {
            "specversion": {"type": "string", "enum": ["1.0"]},
            "id": {"type": "string", "format": "uuid"},
            "source": {**text, "examples": [f"/networks/{network}/catalog"]},
            "type": {**text, "examples": ["coop.trama.catalog.product.published.v1"]},
            "subject": {"type": "string", "format": "uuid", "description": "The thing it speaks of"},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": text,
            "version": {"type": "integer", "minimum": 1, "description": "The thing's version"},
            "sequence": {"type": ["integer", "null"], "description": "Counts a service's public events without a gap"},
            "traceparent": {"type": ["string", "null"]},
            "data": {"type": "object", "additionalProperties": True},
        },
    }
