# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts what a collecting module says into Calipso's database, from the Ansible worker that heard it."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

# Ansible loads this file before it forks its workers: what is imported here is not imported once a host.
try:
    import pydantic  # noqa: F401 # pylint: disable=unused-import
    from ansible_collections.calipso.topology.calipso.store import Store, StoreError
except ImportError as problem:
    MISSING: str | None = problem.name
else:
    MISSING = None

if TYPE_CHECKING:
    from ansible_collections.calipso.topology.calipso.model.fact_change import Sought
    from ansible_collections.calipso.topology.calipso.model.facts import Gap, Row

STAGING = ("environment", "scan_id", "inventory_set", "mongo_uri")
"""The options that the controller keeps to itself."""

_WHOLE = 2
"""Lines of an error that are kept."""


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@contextmanager
def opened_store(options: Mapping[str, Any]) -> Iterator[Store]:
    """Give Calipso's database, where `options` say that it is. Whatever is wrong is an AnsibleActionFail."""
    if MISSING:
        raise AnsibleActionFail(
            f"Calipso needs the Python package {MISSING} beside Ansible: "
            f"install it with `{sys.executable} -m pip install {MISSING}`"
        )
    try:
        store = Store.open(options.get("mongo_uri"), options.get("inventory_set") or "inventory")
    except (StoreError, ValueError) as error:
        raise AnsibleActionFail(str(error)) from None
    try:
        with store:
            yield store
    except StoreError as error:
        raise AnsibleActionFail(str(error)) from None


@dataclass
class Collected:
    """What a source said, as the database takes it.

    `fetched`: the (kind, region) that were read wholly; `sought`: what was, of kinds that were asked for by a
    value. `whole`: it tells how the source is; else only some of it was asked for.
    """

    rows: Sequence[Row]
    gaps: Sequence[Gap]
    fetched: Sequence[tuple[str, str | None]]
    sought: Sequence[Sought] = ()
    whole: bool = True


class CollectingAction(ActionBase):
    """Runs a module; with option `environment`, stages the facts and returns a summary in their place."""

    _supports_check_mode = True
    module: str

    @abstractmethod
    def source(self) -> str:
        """Return who is asked."""

    @abstractmethod
    def collected(self, answer: dict[str, Any]) -> Collected:
        """Return what was said; raise ValueError if that is not what the module promises."""

    def is_whole(self) -> bool:
        """Say whether the source is asked for all that it has: only then does its failure tell of it."""
        return True

    def completed(self, _store: Store, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the rows with what could not be read this time, as the store has it from before."""
        return rows

    def module_arguments(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return what the module gets of the task's arguments."""
        return arguments

    def keep_recording(self, answer: dict[str, Any]) -> None:
        """Write what the module recorded, where that is the controller's work."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module, and stage its facts."""
        super().run(tmp, task_vars)
        self.host: str = task_vars["inventory_hostname"]
        arguments = dict(self._task.args)
        self._staging = {name: arguments.pop(name, None) for name in STAGING}
        self._stages = bool(self._staging["environment"]) and not self._task.check_mode
        self._asked_at = now()
        try:
            answer = self._execute_module(
                module_name=self.module, module_args=self.module_arguments(arguments), task_vars=task_vars
            )
            if not answer.get("failed"):
                self.keep_recording(answer)
                return self._staged(answer) if self._stages else answer
        except AnsibleError as error:
            self._source_failed(str(error))
            raise
        self._source_failed(_reason(answer))
        return answer

    def _staged(self, answer: dict[str, Any]) -> dict[str, Any]:
        try:
            collected = self.collected(answer)
        except ValueError as error:
            raise AnsibleActionFail(str(error)) from None
        with opened_store(self._staging) as store:
            store.stage(
                self._staging["environment"],
                self.source(),
                self.completed(store, collected.rows),
                fetched=collected.fetched,
                collected_at=self._asked_at,
                collector=self.module,
                gaps=collected.gaps if collected.whole else (),
                scan_id=self._staging["scan_id"],
                sought=collected.sought,
                whole=collected.whole,
            )
        return {
            "changed": False,
            "source": self.source(),
            "staged": len(collected.rows),
            "gaps": collected.gaps,
        }

    def _source_failed(self, error: str) -> None:
        if not self._stages or not self.is_whole():
            return
        with opened_store(self._staging) as store:
            store.source_failed(
                self._staging["environment"],
                self.source(),
                _brief(error),
                at=self._asked_at,
                scan_id=self._staging["scan_id"],
            )


def _reason(answer: Mapping[str, Any]) -> str:
    """Return why a module failed."""
    said = (answer.get("msg") or "the module failed", answer.get("module_stderr") or "")
    return "\n".join(map(str, said))


def _brief(error: str) -> str:
    """Return an error in one line: of many lines, the first says what failed, and the last why."""
    lines = [line.strip(" @") for line in error.splitlines() if line.strip(" @")]
    return " ... ".join(lines if len(lines) <= _WHOLE else [lines[0], lines[-1]])
