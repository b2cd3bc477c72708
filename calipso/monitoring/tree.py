"""The files of a rendered configuration: a directory for each host, and one for Sensu's server."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..model.targets import MonitoringTarget
from ..model.topology import Document
from .render import CHECK, command, entity_name, programs
from .templates import FILE

PLAN_VERSION = 1
"""Of the hosts' file that the batch check reads."""

ASSET = "calipso_checks"
"""The resource that says where the checks are fetched, by the template of this id."""

_MARK = ".calipso-monitoring"
_LONGEST, _KEPT = 255, 190
"""Bytes of a directory's name, and what is kept of a longer one."""


class DirectoryError(ValueError):
    """A directory that files must not go to; the text says why."""


def host_directory(entity: str) -> str:
    """Return the directory of a host's files, by its name in Sensu: one too long for a file system is cut."""
    if len(entity) > _LONGEST:
        entity = f"{entity[:_KEPT]}~{hashlib.sha256(entity.encode()).hexdigest()}"
    return f"hosts/{entity}"


def go_files(
    environment: str, target: MonitoringTarget, documents: Iterable[Document], hosts: Iterable[Document]
) -> dict[str, Any]:
    """Return what goes to Sensu Go, and to its agents: path -> JSON."""
    checks, resources = _parted(documents)
    found: dict[str, Any] = {}
    for host in hosts:
        entity = entity_name(host["id"])
        place = host_directory(entity)
        own = checks.get(host["id"], [])
        found[f"{place}/agent.json"] = {
            "name": entity,
            "namespace": target.namespace,
            "subscriptions": ["calipso"],
            "labels": {"calipso_environment": environment},
            "annotations": {"calipso_environment": environment, "calipso_id": host["id"]},
        }
        found[f"{place}/checks.json"] = plan(environment, own, batch=target.batch)
    wanted = [_resource(each, environment, target) for each in resources]
    if not target.batch:
        wanted += [_check_config(each, environment, target) for own in checks.values() for each in own]
    found["server/resources.json"] = wanted
    return found


def core_files(
    environment: str, target: MonitoringTarget, documents: Iterable[Document], hosts: Iterable[Document]
) -> dict[str, Any]:
    """Return the files of Sensu Core, in its historic layout: path -> JSON."""
    checks, others = _parted(documents)
    found: dict[str, Any] = {}
    for each in others:
        if each["side"] == "server" and each["type"] == FILE:
            found[f"server/conf.d/{each['id'].removeprefix('server_')}"] = each["config"]
    for host in hosts:
        entity = entity_name(host["id"], core=True)
        place = host_directory(entity)
        own = checks.get(host["id"], [])
        for each in others:
            if each["side"] == "client" and each["type"] == FILE:
                found[f"{place}/conf.d/{each['id']}"] = each["config"]
        found[f"{place}/conf.d/client.json"] = {
            "client": {
                "name": entity,
                "address": host.get("ip_address") or host["id"],
                "subscriptions": ["calipso"],
                "keepalive": {"handlers": ["calipso"]},
                "calipso_environment": environment,
                "calipso_id": host["id"],
            },
            "checks": _core_checks(own, environment, target),
        }
        if target.batch:
            found[f"{place}/checks.json"] = plan(environment, own, batch=True)
    return found


def plan(environment: str, checks: Iterable[Document], *, batch: bool) -> dict[str, Any]:
    """Return a host's file: what its batch check looks at, and what it counts."""
    found: list[dict[str, Any]] = []
    samples: list[dict[str, Any]] = []
    for document in checks:
        config = dict(document["config"])
        subject, counted = config.pop("subject"), config.pop("samples", None)
        found.append(config)
        if counted:
            samples.append({**subject, **counted})
    return {
        "version": PLAN_VERSION,
        "environment": environment,
        "checks": found if batch else [],
        "samples": samples,
    }


def differing(directory: Path, files: Mapping[str, Any]) -> list[str]:
    """Return the paths of the files that `write` would change; DirectoryError."""
    _check(directory)
    gone = [str(path.relative_to(directory)) for path in _others(directory, files)]
    changed = [path for path, content in files.items() if _differs(directory / path, _text(content))]
    return sorted((*changed, *gone))


def write(directory: Path, files: Mapping[str, Any]) -> list[str]:
    """Make `directory` hold these files, as JSON, and no other; return the paths of those that changed.

    A file is replaced as a whole, and only where it is different. Raises DirectoryError for a directory
    that holds what is not ours, and OSError.
    """
    changed = differing(directory, files)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / _MARK).touch()
    for name in changed:
        path = directory / name
        if name in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside = path.with_name(f".{path.name}.new")
            aside.write_bytes(_text(files[name]))
            aside.replace(path)
        else:
            path.unlink()
            _remove_empty(path.parent, directory)
    return changed


def _remove_empty(place: Path, directory: Path) -> None:
    with suppress(OSError):  # others may be in it
        while place != directory:
            place.rmdir()
            place = place.parent


def _check(directory: Path) -> None:
    if directory.exists() and not (directory / _MARK).exists() and any(directory.iterdir()):
        raise DirectoryError(
            f"{directory} holds other files; name an empty directory, or one that is not there"
        )


def _others(directory: Path, files: Mapping[str, Any]) -> Iterator[Path]:
    kept = {directory / path for path in files} | {directory / _MARK}
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path not in kept:
            yield path


def _text(content: Any) -> bytes:
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode("utf-8", "surrogatepass")


def _differs(path: Path, text: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != text


def _parted(documents: Iterable[Document]) -> tuple[dict[str, list[Document]], list[Document]]:
    """Return the checks by host, and all else, each in their order."""
    checks: defaultdict[str, list[Document]] = defaultdict(list)
    others: list[Document] = []
    for document in sorted(documents, key=lambda each: (each["order"], each["id"])):
        if document["type"] == CHECK:
            checks[document["host"]].append(document)
        else:
            others.append(document)
    return checks, others


def _resource(document: Document, environment: str, target: MonitoringTarget) -> dict[str, Any]:
    config = dict(document["config"])
    name = config.pop("name", document["id"])
    metadata = {"name": name, "labels": {"calipso_environment": environment}}
    if document["type"] != "Namespace":
        metadata["namespace"] = target.namespace
        return {"type": document["type"], "api_version": "core/v2", "metadata": metadata, "spec": config}
    return {"type": "Namespace", "api_version": "core/v2", "metadata": {}, "spec": {"name": name}}


def _check_config(document: Document, environment: str, target: MonitoringTarget) -> dict[str, Any]:
    config = document["config"]
    return {
        "type": "CheckConfig",
        "api_version": "core/v2",
        "metadata": {
            "name": config["name"],
            "namespace": target.namespace,
            "labels": {**_literals(config["labels"]), "calipso_environment": environment},
            "annotations": _literals(config["annotations"]),
        },
        "spec": {
            "command": _literal(command(config, target)),
            "interval": config["interval"],
            "ttl": config["interval"] * 3 + 15,
            "timeout": 60,
            "subscriptions": [f"entity:{entity_name(document['host'])}"],
            "runtime_assets": [ASSET] if target.asset else [],
            "handlers": config["handlers"],
            "publish": True,
        },
    }


def _literals(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: _literal(text) for name, text in texts.items()}


def _literal(text: str) -> str:
    """Return what Sensu's agent, which evaluates all of a check as a template, makes `text` of."""
    return text.replace("{{", "{{`{{`}}")


def _core_checks(own: Iterable[Document], environment: str, target: MonitoringTarget) -> dict[str, Any]:
    if target.batch:
        config = {
            "command": f"{programs(target)}calipso_batch.py --client 127.0.0.1:3030",
            "interval": target.interval,
            "standalone": True,
            "handlers": ["calipso"],
            "calipso_environment": environment,
        }
        return {"calipso_batch": config}
    return {
        document["id"]: {
            "command": command(document["config"], target),
            "interval": document["config"]["interval"],
            "standalone": True,
            "handlers": document["config"]["handlers"],
            **document["config"]["labels"],
            **document["config"]["annotations"],
        }
        for document in own
    }
