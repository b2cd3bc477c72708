"""The OpenAPI document, made from the routes: it cannot say what the code does not do."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ..version import version
from .call import OfState
from .problem import FaultBody
from .route import Access, Route

_REF = "#/components/schemas/{model}"

_INTRODUCTION = (
    "Calipso shows an OpenStack cloud's virtual networking as it really is. Log in with POST /auth/tokens, "
    "and send the token as X-Auth-Token (or as Authorization: Bearer) with every other request. "
    "Every error has a body that says what is wrong."
)

_SECURITY = {
    "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
    "bearer": {"type": "http", "scheme": "bearer"},
}


def openapi(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document that describes `routes`."""
    listed = tuple(routes)
    models = {route.body for route in listed if route.body} | {
        route.answer for route in listed if isinstance(route.answer, type)
    }
    named, definitions = models_json_schema(
        [(model, _mode(model, listed)) for model in sorted(models, key=_name)]
        + [(FaultBody, "serialization")],
        ref_template=_REF,
    )
    references = {model.__name__: schema for (model, _mode_name), schema in named.items()}
    paths: dict[str, dict[str, Any]] = {}
    for route in listed:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Calipso",
            "version": version(),
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": definitions["$defs"], "securitySchemes": _SECURITY},
    }


def _mode(model: type[BaseModel], routes: Iterable[Route]) -> Any:
    return "validation" if any(route.body is model for route in routes) else "serialization"


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def _operation(route: Route, references: dict[str, Any]) -> dict[str, Any]:
    summary, _dot, _rest = route.doc.partition(". ")
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": summary.removesuffix("."),
        "description": f"{route.doc} May be called by {route.access.value}.",
        "parameters": list(_parameters(route)),
        "responses": _responses(route, references),
    }
    if route.access is not Access.ANYONE:
        operation["security"] = [{"token": []}, {"bearer": []}]
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": references[route.body.__name__]}},
        }
    return operation


def _parameters(route: Route) -> Iterable[dict[str, Any]]:
    """Yield the query's parameters: each with its schema, nullable ones as what they may be."""
    if route.query is None:
        return
    schema = route.query.model_json_schema(ref_template=_REF)
    required = set(schema.get("required", ()))
    for name, described in schema["properties"].items():
        options = [each for each in described.get("anyOf", ()) if each != {"type": "null"}]
        plain = {key: value for key, value in described.items() if key not in ("anyOf", "title", "default")}
        if described.get("default") is not None:
            plain["default"] = described["default"]
        description = plain.pop("description", "")
        if len(options) == 1:
            plain |= options[0]
        elif options:
            plain["anyOf"] = options
        yield {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": description,
            "schema": plain,
        }


def _responses(route: Route, references: dict[str, Any]) -> dict[str, Any]:
    answers = {str(int(route.status)): _success(route, references)}
    if route.query is not None and issubclass(route.query, OfState):
        answers["304"] = {"description": "The caller has this answer already (If-None-Match)."}
    fault = {"application/json": {"schema": references[FaultBody.__name__]}}
    for status in sorted(_statuses(route)):
        answers[str(int(status))] = {"description": status.description or status.phrase, "content": fault}
    return answers


def _success(route: Route, references: dict[str, Any]) -> dict[str, Any]:
    if route.status is HTTPStatus.NO_CONTENT:
        return {"description": "Done."}
    if isinstance(route.answer, str):
        content = {route.answer: {"schema": {"type": "string"}}}
    else:
        content = {"application/json": {"schema": references[route.answer.__name__]}}
    return {"description": route.status.phrase, "content": content}


def _statuses(route: Route) -> set[HTTPStatus]:
    """Return the statuses of all errors that a route can give."""
    found = {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_URI_TOO_LONG,
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        HTTPStatus.SERVICE_UNAVAILABLE,
        *route.errors,
    }
    if route.access is not Access.ANYONE:
        found.add(HTTPStatus.UNAUTHORIZED)
    if route.access in (Access.VIEW, Access.EDIT):
        found.add(HTTPStatus.NOT_FOUND)
    if route.access in (Access.EDIT, Access.ADMIN):
        found.add(HTTPStatus.FORBIDDEN)
    if route.body is not None:
        found |= {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
    return found
