"""Reading requests: parameters and bodies as the routes declare them, with every fault named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any, TypeVar, get_args, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from .problem import Problem, invalid

LARGEST_BODY = 1024 * 1024
"""Bytes."""

_MOST_PARAMETERS = 200

_Model = TypeVar("_Model", bound=BaseModel)


def read_query(model: type[_Model], text: str) -> _Model:
    """Return the query string `text` as `model`; one that is declared as a list may be given repeatedly."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise Problem(HTTPStatus.BAD_REQUEST, "the query is not UTF-8, percent-encoded") from None
    except ValueError:
        raise Problem(HTTPStatus.BAD_REQUEST, f"the query has over {_MOST_PARAMETERS} parameters") from None
    lists = _lists(model)
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in lists:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise Problem(HTTPStatus.BAD_REQUEST, f"query.{name}: is given twice, and may be given once")
        else:
            values[name] = value
    if "\0" in text or "%00" in text:
        raise Problem(HTTPStatus.BAD_REQUEST, "the query holds the character NUL, which no name has")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(error, "query") from None


def read_body(
    model: type[_Model], source: IO[bytes], length: int, media_type: str, *, largest: int = LARGEST_BODY
) -> _Model:
    """Return a request's JSON body as `model`; `length` is in bytes, -1 where it is not known."""
    if media_type.partition(";")[0].strip().lower() not in ("", "application/json"):
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be application/json, not {media_type!r}"
        )
    content = source.read(largest + 1) if length <= largest else b""
    if max(length, len(content)) > largest:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body may have {largest // 1024} KiB at most")
    try:
        text = content.decode()
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"the body is no JSON in UTF-8: {_cause(error)}") from None
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise invalid(error, "body") from None


def _lists(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of the parameters that may be given repeatedly."""
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if list in {get_origin(each) for each in (field.annotation, *get_args(field.annotation))}
    )


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


def _cause(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is no UTF-8"
    return str(error)


def tags(header: str) -> frozenset[str]:
    """Return the tags of an If-None-Match header."""
    return frozenset(tag.strip() for tag in header.split(","))


def takes_gzip(header: str) -> bool:
    """Say whether an Accept-Encoding header admits gzip."""
    for each in header.split(","):
        name, *parameters = (part.strip().lower() for part in each.split(";"))
        if name in ("gzip", "*"):
            return not any(
                parameter.replace(" ", "") in ("q=0", "q=0.0", "q=0.00") for parameter in parameters
            )
    return False


def client_address(environ: Mapping[str, Any], proxies: frozenset[str]) -> str:
    """Return whose request it is: behind one of `proxies`, the last address that this one added."""
    address = str(environ.get("REMOTE_ADDR", ""))
    forwarded = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return forwarded if address in proxies and forwarded else address
