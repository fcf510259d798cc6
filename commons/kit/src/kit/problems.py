"""Every error as ``application/problem+json`` (RFC 9457), in the caller's language: the one place that knows how."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from kit import errors
from kit.language import Texts, chosen
from kit.outages import is_away

log = structlog.get_logger()

STATUS: Mapping[type[errors.DomainError], int] = {
    errors.Invalid: 422,
    errors.TooLarge: 413,
    errors.Unsupported: 415,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Forbidden: 403,
    errors.Unauthenticated: 401,
    errors.PreconditionFailed: 412,
    errors.PreconditionRequired: 428,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}
TITLES: Mapping[int, str] = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not a method of this address",
    409: "Not possible as things are",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Not a kind of content taken here",
    422: "Can't be taken as it is",
    428: "Say which version you mean",
    429: "Too many requests",
    500: "Our mistake",
    503: "Not available just now",
}
#: pydantic's kinds of error, said as what would be right; their placeholders are pydantic's.
FIELD_MESSAGES: Mapping[str, str] = {
    "missing": "This is needed",
    "extra_forbidden": "There is no such field",
    "string_type": "Must be text",
    "string_too_short": "Must have at least {min_length} characters",
    "string_too_long": "Must have at most {max_length} characters",
    "string_pattern_mismatch": "Must look like {pattern}",
    "int_parsing": "Must be a whole number",
    "int_type": "Must be a whole number",
    "bool_parsing": "Must be true or false",
    "bool_type": "Must be true or false",
    "float_parsing": "Must be a number",
    "float_type": "Must be a number",
    "finite_number": "Must be a finite number",
    "decimal_parsing": 'Write it as a decimal string, such as "12.50"',
    "decimal_string": 'Write it as a decimal string, such as "12.50"',
    "decimal_max_places": "Must have at most {decimal_places} decimals",
    "quantity_too_large": "Must be less than {limit}",
    "money_decimals": "{currency} has at most {digits} decimals",
    "currency_unknown": "Unknown currency; known are {known}",
    "greater_than": "Must be more than {gt}",
    "greater_than_equal": "Must be at least {ge}",
    "less_than": "Must be less than {lt}",
    "less_than_equal": "Must be at most {le}",
    "uuid_parsing": "Must be an id (UUID)",
    "uuid_type": "Must be an id (UUID)",
    "datetime_from_date_parsing": "Must be a date and time with its zone, such as 2026-03-07T20:00:00-06:00",
    "datetime_parsing": "Must be a date and time with its zone, such as 2026-03-07T20:00:00-06:00",
    "datetime_type": "Must be a date and time with its zone, such as 2026-03-07T20:00:00-06:00",
    "timezone_aware": "Must be a date and time with its zone, such as 2026-03-07T20:00:00-06:00",
    "date_parsing": "Must be a date, such as 2026-03-07",
    "date_from_datetime_parsing": "Must be a date, such as 2026-03-07",
    "literal_error": "Must be one of {expected}",
    "enum": "Must be one of {expected}",
    "too_short": "Must have at least {min_length} entries",
    "too_long": "Must have at most {max_length} entries",
    "list_type": "Must be a list",
    "dict_type": "Must be an object",
    "model_type": "Must be an object",
    "model_attributes_type": "Must be an object",
    "json_invalid": "This is not valid JSON",
    "string_unicode": "Must be text in UTF-8",
}
#: Messages of the kit that have no other place where their translation is checked.
INTERNAL = "Something went wrong on our side; nothing was changed"
NOT_STORABLE = "A value in this request can't be stored: it has a NUL character, or is out of range"
EXISTS = "There is one already"
DATABASE_AWAY = "The database can't be reached; nothing was changed, try again shortly"


class FieldProblem(BaseModel):
    """What is wrong with one part of the request, and what would be right."""

    pointer: str | None = Field(default=None, description="JSON pointer into the body", examples=["/lines/0/quantity"])
    parameter: str | None = Field(default=None, description="Name of a query, path or header parameter")
    code: str = Field(examples=["greater_than"])
    detail: str = Field(examples=["Must be more than 0"])


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(examples=["urn:trama:problem:not-enough-stock"])
    title: str
    status: int
    detail: str = ""
    errors: list[FieldProblem] = []


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "A problem that says what would be right"},
}


def language_of(request: Request) -> str:
    """The language that the caller reads."""
    return chosen(request.headers.get("accept-language"), request.app.state.settings.language)


def texts_of(request: Request) -> Texts:
    texts: Texts = request.app.state.texts
    return texts


async def _language(request: Request) -> str:
    return language_of(request)


async def _texts(request: Request) -> Texts:
    return texts_of(request)


LanguageDep = Annotated[str, Depends(_language)]
TextsDep = Annotated[Texts, Depends(_texts)]


def answer(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    fields: Sequence[FieldProblem] = (),
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem as an answer; ``detail`` is already in the caller's language."""
    title = TITLES.get(status) or HTTPStatus(status).phrase
    language = language_of(request)
    body: dict[str, Any] = {
        "type": f"urn:trama:problem:{code.replace('_', '-')}",
        "title": texts_of(request).say(language, title),
        "status": status,
        "detail": detail,
        **(extra or {}),
    }
    if fields:
        body["errors"] = [field.model_dump(exclude_none=True) for field in fields]
    return JSONResponse(
        body,
        status_code=status,
        media_type="application/problem+json",
        headers={"content-language": language, **(headers or {})},
    )


def pointer_to(path: Sequence[int | str]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


async def _domain_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, errors.DomainError):
        raise error
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    detail = texts_of(request).say(language_of(request), error.message, error.params)
    fields = [FieldProblem(pointer=error.field, code=error.code, detail=detail)] if error.field else []
    wait = str(error.extra.get("retry_after", 2))
    headers = {
        401: {"www-authenticate": "Bearer"},
        429: {"retry-after": wait},
        503: {"retry-after": wait},
    }.get(status, {})
    return answer(request, status, error.code, detail, fields=fields, extra=error.extra, headers=headers)


def field_problem(say: Texts, language: str, error: Mapping[str, Any]) -> FieldProblem:
    """One of pydantic's errors, without the value that was sent."""
    code = str(error["type"])
    message = FIELD_MESSAGES.get(code)
    params = {name: value for name, value in error.get("ctx", {}).items() if name != "error"}
    detail = say.say(language, message, params) if message else say.say(language, str(error["msg"]))
    place, *path = error["loc"] or ("body",)
    if place == "body":
        if code == "json_invalid":
            path = []
        return FieldProblem(pointer=pointer_to(path), code=code, detail=detail)
    return FieldProblem(parameter=".".join(str(part) for part in path), code=code, detail=detail)


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    language, say = language_of(request), texts_of(request)
    fields = [field_problem(say, language, item) for item in error.errors()[:20]]
    first = fields[0]
    detail = f"{first.pointer or first.parameter or ''}: {first.detail}".removeprefix(": ")
    return answer(request, 422, "invalid", detail, fields=fields)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    title = TITLES.get(error.status_code, str(error.detail))
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    detail = texts_of(request).say(language_of(request), title)
    return answer(request, error.status_code, code, detail, headers=error.headers)


async def _database_error(request: Request, error: Exception) -> JSONResponse:
    state = str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")
    if is_away(error):
        status, code, text = 503, "database_away", DATABASE_AWAY
    elif state[:2] == "22":
        status, code, text = 422, "value_not_storable", NOT_STORABLE
    elif state == "23505":
        status, code, text = 409, "exists_already", EXISTS
    else:
        status, code, text = 500, "internal", INTERNAL
    if status >= 500:
        log.error("database_error", path=request.url.path, sqlstate=state, exc_info=error)
    detail = texts_of(request).say(language_of(request), text)
    return answer(request, status, code, detail, headers={"retry-after": "2"} if status == 503 else None)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected_error", path=request.url.path, exc_info=error)
    return answer(request, 500, "internal", texts_of(request).say(language_of(request), INTERNAL))


def install(app: FastAPI) -> None:
    app.add_exception_handler(errors.DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(DBAPIError, _database_error)
    app.add_exception_handler(PoolTimeout, _database_error)
    app.add_exception_handler(ConnectionError, _database_error)
    app.add_exception_handler(Exception, _unexpected)
