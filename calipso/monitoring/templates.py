"""Templates of monitoring's configuration: those that ship, and those that users put in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from ..build.registry import Registry
from ..model.condition import Condition
from ..model.environment import Environment
from ..model.topology import Document
from . import expressions

SIDES = ("client", "server")
ANY_SYSTEM = "any"
SYSTEMS = (ANY_SYSTEM, "Sensu", "Sensu Core")
FILE = "file"
"""The type of a template of Sensu Core that is a file."""

SHARED_NAMES = ("environment", "target")
"""What expressions of all templates see; `target` is the environment's section Monitoring,
with `programs`, what commands begin with before a script's name, and `has_asset`."""

OBJECT_NAMES = ("object", "linked", "parent", "host")
"""What expressions of objects' checks see beside, and `where`: `linked` is type -> objects at its links."""

LINK_NAMES = ("link", "source", "target", "host")
"""What expressions of links' checks see beside, and `where`: the link, and the objects at its ends."""

_SECTION = "monitoring_config_templates"
_CHECK_KEYS = frozenset({"check", "summary", "parameters", "interval", "samples"})
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*\.json")
_CONDITIONS = tuple(each.name for each in fields(Condition))
_OVERLAID = ("status", "status_timestamp", "status_text")

Side = Literal["client", "server"]


class InvalidTemplateError(ValueError):
    """A template that cannot be used; the text has a line for every fault."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template. `type`: of the objects or links that it checks, of the resource, or `FILE`.

    `where`: attributes, with the value, or one of the values, that they must have; `{not: VALUE}` is the
    contrary. `config` None takes a template of this id away that ships, or is for every environment.
    """

    id: str
    side: Side
    type: str
    order: int = 1000
    monitoring_system: str = ANY_SYSTEM
    environment: str | None = None
    condition: Condition = Condition()  # noqa: RUF009 - frozen
    where: Mapping[str, Any] | None = None
    config: Mapping[str, Any] | None = None

    def document(self) -> Document:
        """Return it as it is stored and listed."""
        condition = {each.name: list(getattr(self.condition, each.name)) for each in fields(Condition)}
        return {
            "id": self.id,
            "side": self.side,
            "type": self.type,
            "order": self.order,
            "monitoring_system": self.monitoring_system,
            "environment": self.environment,
            "condition": {name: values for name, values in condition.items() if values},
            "where": dict(self.where or {}),
            "config": None if self.config is None else dict(self.config),
        }


@cache
def shipped() -> tuple[Mapping[str, Any], ...]:
    """Return the documents of the templates that ship, unchecked."""
    data = files(__package__).joinpath("data")
    found: list[Mapping[str, Any]] = []
    for path in sorted(data.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".yml"):
            found += yaml.safe_load(path.read_text(encoding="utf-8"))[_SECTION]
    return tuple(found)


def templates(registry: Registry, stored: Iterable[Mapping[str, Any]] = ()) -> list[Template]:
    """Return the templates that ship, and those stored, each in the place of one of its id and environment.

    They come in their order. Raises InvalidTemplateError with all faults of all of them.
    """
    found: dict[tuple[str, str | None], Template] = {}
    faults: list[str] = []
    for entry in (*shipped(), *stored):
        try:
            each = template(entry, registry)
            found[each.id, each.environment] = each
        except InvalidTemplateError as error:
            faults += str(error).splitlines()
    if faults:
        raise InvalidTemplateError("\n".join(faults))
    return sorted(found.values(), key=lambda each: (each.order, each.id, each.environment or ""))


def chosen(all_of_them: Sequence[Template], environment: Environment, system: str) -> list[Template]:
    """Return the templates that count for an environment: one that names it before others of the same id."""
    by_id: dict[str, Template] = {}
    for each in sorted(all_of_them, key=lambda each: each.environment is not None):
        if each.environment in (None, environment.name):
            by_id[each.id] = each
    known = environment.changed(
        {name: environment.drivers(name) for name in ("mechanism_drivers", "type_drivers")}
    )
    return sorted(
        (
            each
            for each in by_id.values()
            if each.config is not None
            and each.monitoring_system in (ANY_SYSTEM, system)
            and each.condition.holds(known)
        ),
        key=lambda each: (each.order, each.id),
    )


def template(entry: Mapping[str, Any], registry: Registry) -> Template:
    """Return the template that `entry` says; InvalidTemplateError with all of its faults."""
    name = entry.get("id")
    faults: list[str] = []
    known = [each.name for each in fields(Template)]
    given = {"monitoring_system": ANY_SYSTEM, "order": 1000, **entry}
    config, where = given.get("config"), given.get("where") or {}
    right = {
        "id is text": isinstance(name, str) and bool(name),
        "id of a file is its name, which ends with .json": given.get("type") != FILE
        or bool(_FILE_NAME.fullmatch(str(name))),
        f"there are only {', '.join(known)}": set(entry) <= set(known),
        f"side is one of {', '.join(SIDES)}": given.get("side") in SIDES,
        f"monitoring_system is one of {', '.join(SYSTEMS)}": given["monitoring_system"] in SYSTEMS,
        "order is a number": _is_number(given["order"]),
        "type is text": isinstance(given.get("type"), str),
        "environment is a name, or null": isinstance(given.get("environment"), (str, type(None))),
        "config is a mapping, or null": isinstance(config, (Mapping, type(None))),
        "where is a mapping": isinstance(where, Mapping),
        f"condition has lists for some of {', '.join(_CONDITIONS)}": _is_condition(
            given.get("condition") or {}
        ),
    }
    faults += [expected for expected, is_so in right.items() if not is_so]
    if not faults and config is not None:
        faults += _config_faults(given["side"], given["type"], config, registry)
    if faults:
        raise InvalidTemplateError("\n".join(f"template {name!r}: {fault}" for fault in faults))
    condition = given.get("condition") or {}
    return Template(
        id=str(name),
        side=given["side"],
        type=given["type"],
        order=given["order"],
        monitoring_system=given["monitoring_system"],
        environment=given.get("environment"),
        condition=Condition(**{part: tuple(values) for part, values in condition.items()}),
        where=where,
        config=config,
    )


def _is_condition(entry: object) -> bool:
    return (
        isinstance(entry, Mapping)
        and set(entry) <= set(_CONDITIONS)
        and all(isinstance(values, list) for values in entry.values())
    )


def _config_faults(side: object, type_: str, config: Mapping[str, Any], registry: Registry) -> list[str]:
    is_check = side == "client" and type_ != FILE
    names = set(SHARED_NAMES)
    if is_check:
        names |= set(OBJECT_NAMES if type_ in registry.kinds else LINK_NAMES)
    faults = [f"config: {fault}" for fault in expressions.faults(config, names)]
    if is_check:
        if type_ not in registry.kinds and type_ not in registry.link_types:
            faults.append(f"type {type_!r} is neither a kind nor a link type")
        elif type_ in registry.kinds and not {
            field.name for field in registry.kinds[type_].fields
        }.isdisjoint(_OVERLAID):
            faults.append(f"objects of type {type_} have a status of their own, which none may replace")
        faults += _check_faults(config)
    return faults


def _check_faults(config: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the configuration of a check. The templates that ship use every check."""
    ours = [entry["config"] for entry in shipped() if entry["side"] == "client" and entry["type"] != FILE]
    checks = sorted({each["check"] for each in ours})
    counted = sorted({each["samples"]["sample"] for each in ours if "samples" in each})
    interval, samples = config.get("interval", 1), config.get("samples")
    right = {
        f"config.check is one of {', '.join(checks)}": config.get("check") in checks,
        "config.parameters is a mapping": isinstance(config.get("parameters", {}), Mapping),
        "config.summary is text": isinstance(config.get("summary", ""), str),
        "config.interval is a number of seconds, from 1": _is_number(interval) and interval > 0,
        f"config.samples has sample, one of {', '.join(counted)}, and parameters, a mapping": samples is None
        or (
            isinstance(samples, Mapping)
            and set(samples) <= {"sample", "parameters"}
            and samples.get("sample") in counted
            and isinstance(samples.get("parameters", {}), Mapping)
        ),
        f"config has only {', '.join(sorted(_CHECK_KEYS))}": set(config) <= _CHECK_KEYS,
    }
    return [expected for expected, is_so in right.items() if not is_so]


def _is_number(value: object) -> bool:
    """Say whether `value` is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)
