"""What a check is told of the object that it is about."""

from __future__ import annotations

import argparse
from typing import Any, Dict, Mapping, NamedTuple, Sequence


class Parameter(NamedTuple):
    """A parameter. `type` is that of its value, or of each of its values where there are `many`."""

    name: str
    help: str
    type: type = str
    many: bool = False
    required: bool = False
    default: Any = None

    @property
    def option(self) -> str:
        """The option that gives it on a command line."""
        return "--" + self.name.replace("_", "-")


class ParameterError(ValueError):
    """Parameters that a check does not take; the text names every fault."""


def add_options(parser: argparse.ArgumentParser, parameters: Sequence[Parameter]) -> None:
    """Add an option for each parameter."""
    for parameter in parameters:
        several = " May be repeated." if parameter.many else ""
        parser.add_argument(
            parameter.option,
            dest=parameter.name,
            type=parameter.type,
            action=_Many if parameter.many else _One,
            required=parameter.required,
            default=parameter.default,
            help=parameter.help + several,
        )


class _One(argparse.Action):
    """Keeps an option's value, even that of `--option=--`, which argparse before Python 3.13 takes away."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:  # noqa: ARG002
        setattr(namespace, self.dest, "--" if isinstance(values, list) else values)


class _Many(_One):
    """Keeps all values of an option that is repeated."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        before = getattr(namespace, self.dest) or []
        super().__call__(parser, namespace, values, option_string)
        setattr(namespace, self.dest, [*before, getattr(namespace, self.dest)])


def values(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the value of every parameter, from those that are given; ParameterError."""
    known = {parameter.name: parameter for parameter in parameters}
    faults = [f"there is no parameter {name}" for name in sorted(set(given) - set(known))]
    found: Dict[str, Any] = {}
    for name, parameter in known.items():
        value = given.get(name)
        if value is None:
            if parameter.required:
                faults.append(f"parameter {name} is missing")
            found[name] = [] if parameter.many else parameter.default
        elif not _fits(value, parameter):
            faults.append(f"parameter {name} has a value of a wrong type: {value!r}")
        else:
            found[name] = value
    if faults:
        raise ParameterError("; ".join(faults))
    return found


def _fits(value: Any, parameter: Parameter) -> bool:
    if parameter.many:
        return isinstance(value, list) and all(_is_one(each, parameter.type) for each in value)
    return _is_one(value, parameter.type)


def _is_one(value: Any, type_: type) -> bool:
    if type_ is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, type_) and not (type_ is int and isinstance(value, bool))
