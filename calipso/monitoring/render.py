"""Rendering: from templates and the inventory to the configuration of monitoring. No database, no clock."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..model.environment import Environment
from ..model.monitoring import LinkSubject, ObjectSubject, check_name, encoded
from ..model.targets import MonitoringTarget
from ..model.topology import Document, Message
from .expressions import ExpressionError, evaluated
from .surroundings import Surroundings
from .templates import FILE, Template

_INSTALLED = "python3 /etc/sensu/plugins/"
SENSU_CORE = "Sensu Core"

CHECK = "check"
"""The type of rendered documents that are checks of a host's agent."""

_ENTITY = re.compile(r"(?!\.+$)[A-Za-z0-9_.:-]+")
_ENTITY_OF_CORE = re.compile(r"(?!\.+$)[A-Za-z0-9_.-]+")
_TOKEN_OF_CORE = re.compile(":(?=::)")


@dataclass(slots=True)
class Configuration:
    """What was rendered: documents by their ids, and what cannot be."""

    documents: dict[str, Document] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)


def entity_name(host: str, *, core: bool = False) -> str:
    """Return what the agent of the host with that id is called in Sensu."""
    if (_ENTITY_OF_CORE if core else _ENTITY).fullmatch(host):
        return host
    return encoded(host, core=core) if host.strip(".") else host.replace(".", ".2e")


def render(
    environment: Environment,
    target: MonitoringTarget,
    templates: Sequence[Template],
    around: Surroundings,
) -> Configuration:
    """Return the configuration of an environment's monitoring, by the templates that count for it."""
    found = Configuration()
    seen = {**target.model_dump(), "programs": programs(target), "has_asset": target.asset is not None}
    shared = {"environment": asdict(environment), "target": seen}
    for template in templates:
        if template.side == "client" and template.type != FILE:
            _render_checks(template, environment, target, around, shared, found)
        elif _holds(template.where or {}, shared["target"]):
            _render_one(template, shared, found)
    return found


def _render_one(template: Template, shared: Mapping[str, Any], found: Configuration) -> None:
    try:
        config = evaluated(template.config, shared)
    except ExpressionError as error:
        found.messages.append(
            Message("error", f"monitoring template {template.id!r} cannot be used: {error}")
        )
        return
    found.documents[template.id] = {
        "id": template.id,
        "side": template.side,
        "type": template.type,
        "host": None,
        "order": template.order,
        "config": config,
    }


def _render_checks(
    template: Template,
    environment: Environment,
    target: MonitoringTarget,
    around: Surroundings,
    shared: Mapping[str, Any],
    found: Configuration,
) -> None:
    core = target.type == SENSU_CORE
    for document, context in _subjects(template.type, around):
        host = around.objects.get(document.get("host") or "")
        if host is None or not _holds(template.where or {}, {**document, **context}):
            continue
        config = template.config or {}
        try:
            parameters = evaluated(config.get("parameters", {}), {**shared, **context, "host": host})
            summary = evaluated(config.get("summary"), {**shared, **context, "host": host})
            samples = evaluated(config.get("samples"), {**shared, **context, "host": host})
        except ExpressionError as error:
            text = f"its check cannot be rendered by template {template.id!r}: {error}"
            found.messages.append(Message("warn", text, document["id"], template.type))
            continue
        subject = (
            LinkSubject(template.type, document["source_id"], document["target_id"])
            if "link_type" in document
            else ObjectSubject(template.type, document["id"])
        )
        name = check_name(subject, core=core)
        found.documents[name] = {
            "id": name,
            "side": "client",
            "type": CHECK,
            "host": host["id"],
            "order": template.order,
            "config": {
                "name": name,
                "check": config["check"],
                "parameters": _given(parameters),
                "interval": config.get("interval", target.interval),
                "summary": summary,
                "labels": around.labels(document, environment.name),
                "annotations": around.annotations(document, environment.name, target.calipso_url),
                "handlers": ["calipso"],
                **(
                    {"samples": {**samples, "parameters": _given(samples.get("parameters", {}))}}
                    if samples
                    else {}
                ),
                "subject": {"id": document["id"], "type": template.type},
            },
        }


def _subjects(type_: str, around: Surroundings) -> Iterator[tuple[Document, dict[str, Any]]]:
    """Yield the objects or links of a type, with what templates see of each."""
    for document in around.objects.values():
        if document["type"] == type_:
            owner = document.get("instance_id") or document.get("vservice_id") or document.get("parent_id")
            parent = around.objects.get(owner or "", document)
            yield document, {"object": document, "linked": around.linked[document["id"]], "parent": parent}
    for link in around.links.values():
        source, target = around.objects.get(link["source_id"]), around.objects.get(link["target_id"])
        if link["link_type"] == type_ and source is not None and target is not None:
            yield link, {"link": link, "source": source, "target": target}


def _holds(where: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    for path, wanted in where.items():
        value: Any = document
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        negated = isinstance(wanted, Mapping)
        found = wanted.get("not") if isinstance(wanted, Mapping) else wanted
        if (value in found if isinstance(found, list) else value == found) is negated:
            return False
    return True


def _given(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that have a value."""
    return {
        name: list(value) if isinstance(value, (list, tuple)) else value
        for name, value in parameters.items()
        if value is not None and value not in ([], ())
    }


def programs(target: MonitoringTarget) -> str:
    """Return what a command begins with, before a script's name: an asset's are on the path."""
    return "" if target.asset else _INSTALLED


def command(check: Mapping[str, Any], target: MonitoringTarget) -> str:
    """Return the command line that runs one rendered check by itself, for a shell.

    It never has three colons in a row, from which Sensu Core would make something else.
    """
    words = f"{programs(target)}check_{check['check']}.py".split()
    for name, value in check["parameters"].items():
        option = "--" + name.replace("_", "-")
        words += [f"{option}={each}" for each in (value if isinstance(value, list) else [value])]
    return _TOKEN_OF_CORE.sub(":''", shlex.join(words))
