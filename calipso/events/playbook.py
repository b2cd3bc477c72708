"""Asking by Ansible: a short playbook, limited to those who are to be asked."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from ..model.facts import HOST
from ..phases import COLLECTION
from ..work.ansible import forget_old, last_lines, run_playbook
from .result import Ask

KEPT = 20
"""Runs whose directories stay, for debugging."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlaybookAsker:
    """Asks by playbook `refresh`. `home`: where each run gets a directory.

    `inventories` and `extra` are those of workers; `variables`: the playbook's, but for whom to ask. A run
    ends soon when `must_stop` says so.
    """

    home: Path
    inventories: Sequence[str]
    extra: Sequence[str]
    variables: Mapping[str, Any]
    must_stop: Callable[[], bool]

    def ask(self, asks: Collection[Ask]) -> Collection[Ask]:
        """Have these asked; return which were. A host that does not answer was asked."""
        place = self.home / uuid4().hex
        place.mkdir(parents=True, mode=0o700)
        forget_old(self.home, KEPT)
        heard = _Heard()
        hosts = sorted(ask.value for ask in asks if ask.kind == HOST)
        variables = {**self.variables, "calipso_asked": hosts, "calipso_select": select(asks)}
        status, code = run_playbook(
            "refresh",
            place,
            inventories=self.inventories,
            variables=variables,
            extra=self.extra,
            event_handler=heard.event,
            must_stop=self.must_stop,
        )
        for fault in heard.faults:
            _log.warning("%s", fault)
        if status == "canceled":
            return []
        if not heard.done and code != 0:
            _log.warning("nobody could be asked: %s", " ".join(last_lines(place)))
        return [ask for ask in asks if (ask.value if ask.kind == HOST else "localhost") in heard.done]


def select(asks: Collection[Ask]) -> list[dict[str, Any]]:
    """Return what to ask OpenStack for, as module openstack_facts takes it."""
    values: dict[tuple[str, str], list[str]] = defaultdict(list)
    for ask in sorted(asks):
        if ask.kind != HOST:
            values[ask.kind, ask.attribute].append(ask.value)
    return [
        {"kind": kind, "attribute": attribute, "values": found} if attribute else {"kind": kind}
        for (kind, attribute), found in values.items()
    ]


@dataclass(slots=True)
class _Heard:
    """Who answered, of the events of a run; and who did not, and why."""

    done: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def event(self, event: Mapping[str, Any]) -> bool:
        """Take an event of ansible-runner; return False: its file is not kept."""
        data = event.get("event_data") or {}
        action = str(data.get("resolved_action") or data.get("task_action") or "").removeprefix(COLLECTION)
        host = str(data.get("host"))
        if action not in ("host_facts", "openstack_facts"):
            return False
        match event.get("event"):
            case "runner_on_ok":
                self.done.add(host)
            case "runner_on_failed" | "runner_on_unreachable":
                result = data.get("res") or {}
                self.faults.append(f"{host}: {result.get('msg') or 'it failed without a word'}")
                if action == "host_facts":
                    self.done.add(host)
        return False
