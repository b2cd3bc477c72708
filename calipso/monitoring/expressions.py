"""Expressions in templates: Jinja2's, in a sandbox, giving values and not only texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

_WHOLE = re.compile(r"\s*\{\{(?P<expression>(?:(?!\}\}|\{\{).)*)\}\}\s*", re.DOTALL)

Context = Mapping[str, Any]


class ExpressionError(ValueError):
    """An expression that cannot be read, or has no value; the text says why."""


def faults(value: Any, names: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with each expression within `value`, in which there are `names`."""
    if isinstance(value, str):
        try:
            _compiled(value)
            used = meta.find_undeclared_variables(_jinja().parse(value))
        except TemplateError as error:
            yield f"{value.strip()!r}: {error}"
        else:
            unknown = sorted(used.difference(names, _jinja().globals))
            there = ", ".join(sorted(names))
            yield from (f"{value.strip()!r}: there is no {name}, but {there}" for name in unknown)
    elif isinstance(value, (Mapping, list)):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from faults(part, names)


def evaluated(value: Any, context: Context) -> Any:
    """Return `value` with the expressions within it evaluated; ExpressionError.

    A text that is one expression gives that expression's value, whatever its type; what the context
    holds is never itself read as an expression.
    """
    return _walk(value, lambda text: _plain(_compiled(text)(context)))


def _walk(value: Any, leaf: Callable[[str], Any]) -> Any:
    if isinstance(value, str):
        try:
            return leaf(value)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise ExpressionError(f"{value.strip()!r}: {error}") from None
    if isinstance(value, Mapping):
        return {name: _walk(part, leaf) for name, part in value.items()}
    if isinstance(value, list):
        return [_walk(part, leaf) for part in value]
    return value


def _plain(value: Any) -> Any:
    """Return `value` as JSON can hold it; ExpressionError."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Undefined):
        str(value)  # which raises, and says what is not there
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, Iterable):
        return [_plain(part) for part in value]
    raise ExpressionError(f"gives no value, but a {type(value).__name__}")


@cache
def _jinja() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


@cache
def _compiled(text: str) -> Callable[[Context], Any]:
    if "{{" not in text and "{%" not in text:
        return lambda context: text  # noqa: ARG005 - as the others
    whole = _WHOLE.fullmatch(text)
    if whole:
        expression = _jinja().compile_expression(whole["expression"], undefined_to_none=False)
        return lambda context: expression(**context)
    template = _jinja().from_string(text)
    return lambda context: template.render(**context)
