# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.plugins.action import ActionBase
from ansible_collections.calipso.topology.calipso.model.source import FURTHER
from ansible_collections.calipso.topology.calipso.scan import (
    Outcome,
    RecordingError,
    Request,
    Requested,
    ScanError,
    begin,
    check_new_recording,
    fail,
    finish,
    options_of,
    plan,
    read_recording,
)
from ansible_collections.calipso.topology.plugins.plugin_utils.staging import now, opened_store

ARGUMENTS = {
    "state": {"type": "str", "required": True, "choices": ["started", "joined", "published", "failed"]},
    "environment": {"type": "str", "required": True},
    "scan_id": {"type": "str"},
    "attempt": {"type": "int"},
    "slice": {"type": "str"},
    "snapshot": {"type": "str"},
    "compare_with": {"type": "str"},
    "reason": {"type": "str"},
    "hosts": {"type": "list", "elements": "str", "default": []},
    "limit": {"type": "list", "elements": "str"},
    "object_id": {"type": "str"},
    "only": {"type": "str", "choices": ["inventory", "links", "cliques"]},
    "clear": {"type": "bool"},
    "cloud": {"type": "str"},
    "distribution": {"type": "str"},
    "distribution_version": {"type": "str"},
    "recording": {"type": "path"},
    "record_to": {"type": "path"},
    "inventory_set": {"type": "str", "default": "inventory"},
    "mongo_uri": {"type": "str", "no_log": True},
}

ASKED = ("object_id", "only", "clear", "snapshot", "compare_with")
"""What a scan that was asked for says of itself."""

_SHOWN = 20
_LABELS = {"inventory": "objects", "links": "links", "cliques": "cliques"}


class ActionModule(ActionBase):
    """Begins and ends scans, on the controller."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do what `state` says."""
        super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(
            ARGUMENTS,
            required_if=[
                ("state", "failed", ["scan_id", "reason"]),
            ],
            mutually_exclusive=[("recording", "record_to")],
        )[1]
        do = {
            "started": self._started,
            "joined": self._joined,
            "published": self._published,
            "failed": self._failed,
        }
        try:
            return do[arguments["state"]](arguments, task_vars["groups"])
        except (ScanError, RecordingError) as error:
            raise AnsibleActionFail(str(error)) from None

    def _started(self, arguments: dict[str, Any], groups: dict[str, list[str]]) -> dict[str, Any]:
        """Begin a scan; one that was asked for and cannot begin has failed."""
        try:
            return self._begun(arguments, groups)
        except (ScanError, RecordingError, AnsibleActionFail) as error:
            if arguments["scan_id"]:
                with suppress(ScanError, AnsibleActionFail):  # it has ended, or there is no database
                    self._failed({**arguments, "reason": str(error)}, groups)
            raise

    def _begun(self, arguments: dict[str, Any], groups: dict[str, list[str]]) -> dict[str, Any]:
        recording = read_recording(_absolute(arguments["recording"])) if arguments["recording"] else None
        record_to = _absolute(arguments["record_to"]) if arguments["record_to"] else None
        offered = list(recording.hosts) if recording else arguments["hosts"]
        arguments = self._as_asked(arguments)
        request = Request(
            environment=arguments["environment"],
            hosts=tuple(offered),
            limited=bool(arguments["limit"]),
            cloud=recording is None or recording.cloud,
            further=recording.further if recording else frozenset(),
            object_id=arguments["object_id"],
            only=arguments["only"],
            clear=bool(arguments["clear"]),
            recording=recording.directory if recording else None,
            record_to=record_to,
            snapshot=arguments["snapshot"],
            compare_with=arguments["compare_with"],
        )
        request.check()
        if record_to and not self._task.check_mode:
            check_new_recording(record_to)
        if request.collects and not offered:
            raise AnsibleActionFail(
                f"the recording {recording.directory} holds no host"
                if recording
                else "there is no host to ask: put the cloud's hosts into group calipso_hosts of "
                "an inventory, and name it: -i INVENTORY"
            )
        if arguments["limit"]:
            request = replace(request, hosts=self._chosen(offered, arguments["limit"], groups))
        with opened_store(arguments) as store:
            known = store.environment(request.environment)
            sections = known.configuration if known and not recording else {}
            configured = {
                source.name: dict(sections[source.section])
                for source in FURTHER
                if sections.get(source.section)
            }
            cloud = arguments["cloud"] or (sections.get("OpenStack") or {}).get("cloud")
            if not cloud and not recording:
                cloud = os.environ.get("OS_CLOUD")
            request = replace(
                request, settings=_settings(arguments, cloud), further=request.further | configured.keys()
            )
            if self._task.check_mode:
                whom, scan_id = plan(store, request), ""
            else:
                whom, scan_id = begin(store, request, requested=_requested(arguments), at=now())
        return {
            "changed": False,
            "scan_id": scan_id,
            "hosts": list(whom.hosts),
            "cloud": whom.cloud,
            "cloud_name": cloud or None,
            "further": {name: configured.get(name, {}) for name in sorted(whom.further)},
            "recording": str(recording.directory) if recording else None,
            "record_to": str(record_to) if record_to else None,
        }

    def _as_asked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments, with what the scan was asked to do where they do not say it."""
        requested = _requested(arguments)
        if requested is None:
            return arguments
        with opened_store(arguments) as store:
            options = options_of(store, arguments["environment"], requested)
        asked = {name: options.get(name) for name in ASKED}
        return {**arguments, **{name: value for name, value in asked.items() if arguments[name] is None}}

    def _joined(self, arguments: dict[str, Any], groups: dict[str, list[str]]) -> dict[str, Any]:
        requested = _named(arguments)
        with opened_store(arguments) as store:
            options = options_of(store, arguments["environment"], requested)
        names = ("hosts", "cloud", "recording", "record_to")
        if not set(names) <= options.keys():
            raise ScanError(f"scan {requested.scan_id} has not begun: run playbook scan_begin first")
        return {
            "changed": False,
            "scan_id": requested.scan_id,
            **{name: options[name] for name in names},
            "hosts": _sliced(options["hosts"], arguments["slice"]),
        }

    def _published(self, arguments: dict[str, Any], groups: dict[str, list[str]]) -> dict[str, Any]:
        if self._task.check_mode:
            return {
                "changed": False,
                "summary": ["Check mode: who is asked is shown above, and nothing was stored."],
            }
        from ansible_collections.calipso.topology.calipso.monitoring.setup import monitored

        requested = _named(arguments)
        with opened_store(arguments) as store:
            outcome = finish(
                store,
                arguments["environment"],
                requested.scan_id,
                attempt=requested.attempt,
                snapshot=arguments["snapshot"],
                compare_with=arguments["compare_with"],
                at=now(),
            )
            is_monitored = monitored(store, arguments["environment"])
        result = {
            "failed": outcome.status == "failed",
            "changed": outcome.changed,
            "scan_id": arguments["scan_id"],
            "status": outcome.status,
            "generation": outcome.generation,
            "counts": outcome.counts,
            "errors": outcome.errors,
            "messages": outcome.messages,
            "monitored": is_monitored,
            "summary": _summary(arguments["environment"], outcome),
        }
        if result["failed"]:
            result["msg"] = "The scan failed, and nothing was changed: " + "; ".join(_some(outcome.errors))
        return result

    def _failed(self, arguments: dict[str, Any], groups: dict[str, list[str]]) -> dict[str, Any]:
        if not self._task.check_mode:
            with opened_store(arguments) as store:
                fail(
                    store,
                    arguments["environment"],
                    arguments["scan_id"],
                    arguments["reason"],
                    attempt=arguments["attempt"],
                    at=now(),
                )
        return {
            "changed": False,
            "scan_id": arguments["scan_id"],
            "status": "failed",
            "errors": [arguments["reason"]],
        }

    def _chosen(self, offered: list[str], limit: list[str], groups: dict[str, list[str]]) -> tuple[str, ...]:
        """Return the offered hosts that `limit` names, by name or by pattern."""
        inventory = InventoryManager(self._loader, parse=False)
        for group, hosts in {**groups, "calipso_hosts": offered}.items():
            inventory.add_group(group)
            for host in hosts:
                inventory.add_host(host, group=group)
        names = {name for name in limit if name in offered}
        patterns = [pattern for pattern in limit if pattern not in offered]
        try:
            names |= {host.name for host in inventory.get_hosts(pattern=patterns)} if patterns else set()
        except AnsibleError as error:
            raise AnsibleActionFail(
                f"the choice of hosts, {', '.join(limit)}, is no host pattern: {error}"
            ) from None
        chosen = tuple(host for host in offered if host in names)
        if not chosen:
            raise AnsibleActionFail(
                f"{', '.join(limit)} names none of the hosts that can be asked: {', '.join(offered)}"
            )
        return chosen


def _requested(arguments: dict[str, Any]) -> Requested | None:
    """Return the scan that was asked for, if this is one."""
    return Requested(arguments["scan_id"], arguments["attempt"]) if arguments["scan_id"] else None


def _named(arguments: dict[str, Any]) -> Requested:
    """Return the scan that was begun before. Raises ScanError if none is named."""
    requested = _requested(arguments)
    if requested is None:
        raise ScanError(
            "say which scan: -e calipso_scan_id=ID, as the playbook scan_begin told it. A scan of its own of "
            "only some hosts takes -e calipso_limit=PATTERN instead of --limit"
        )
    return requested


def _sliced(hosts: list[str], part: str | None) -> list[str]:
    """Return each n-th of the hosts, for `part` k/n. Raises ScanError for what is no part."""
    if part is None:
        return hosts
    found = re.fullmatch(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})", part)
    if found is None or int(found[1]) > int(found[2]):
        raise ScanError(f"slice is {part!r}: it is the number of a part, and how many there are, such as 2/4")
    return hosts[int(found[1]) - 1 :: int(found[2])]


def _settings(arguments: dict[str, Any], cloud: str | None) -> dict[str, Any]:
    """Return what the task says of the environment itself."""
    from ansible_collections.calipso.topology.calipso.model.configuration import (
        InvalidConfigurationError,
        environment_changes,
    )

    names = ("distribution", "distribution_version")
    settings = {name: arguments[name] for name in names if arguments[name]}
    if cloud:
        settings["configuration"] = {"OpenStack": {"cloud": cloud}}
    try:
        return environment_changes(settings).given()
    except InvalidConfigurationError as error:
        raise AnsibleActionFail(str(error)) from None


def _absolute(path: str) -> Path:
    return Path(path).expanduser().absolute()


def _some(errors: list[str]) -> list[str]:
    """Return as many errors as people read at once."""
    more = len(errors) - _SHOWN
    return [*errors[:_SHOWN], f"and {more} more"] if more > 0 else errors


def _summary(environment: str, outcome: Outcome) -> list[str]:
    """Return what came of a scan in a few lines, for people."""
    state = "new" if outcome.changed else "not a new one, since nothing changed"
    counts = ", ".join(f"{count['total']} {_LABELS[name]}" for name, count in outcome.counts.items())
    lines = [
        f"Environment {environment}: scan {outcome.status.replace('_', ' ')}.",
        f"Generation {outcome.generation} ({state}): {counts}.",
        *(f"Not complete: {error}." for error in _some(outcome.errors)),
    ]
    if outcome.messages:
        levels = ", ".join(f"{count} {level}" for level, count in outcome.messages.items())
        lines.append(
            f"About the cloud itself: {levels}. To read: calipso messages --env {quote(environment)}"
        )
    return [*lines, f"To look at it: calipso tree --env {quote(environment)}"]
