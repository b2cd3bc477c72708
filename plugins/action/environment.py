# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.calipso.topology.calipso.build.registry import default_registry
from ansible_collections.calipso.topology.calipso.caller import caller
from ansible_collections.calipso.topology.calipso.model.secrecy import secret_faults
from ansible_collections.calipso.topology.plugins.plugin_utils.staging import now, opened_store

if TYPE_CHECKING:
    from ansible_collections.calipso.topology.calipso.model.environment import Environment

FIELDS = {
    "environment_type": {"type": "str"},
    "distribution": {"type": "str"},
    "distribution_version": {"type": "str"},
    "mechanism_drivers": {"type": "list", "elements": "str"},
    "type_drivers": {"type": "list", "elements": "str"},
    "env_type": {"type": "str"},
    "user": {"type": "str"},
    "auth": {"type": "dict"},
    "listen": {"type": "bool"},
    "enable_monitoring": {"type": "bool"},
    "retention": {"type": "dict"},
    "configuration": {"type": "raw"},
}

ARGUMENTS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "environment": {"type": "str", "required": True},
    **FIELDS,
    "inventory": {"type": "str", "choices": ["keep", "delete"]},
    "inventory_set": {"type": "str", "default": "inventory"},
    "mongo_uri": {"type": "str", "no_log": True},
}


class ActionModule(ActionBase):
    """Makes, changes and deletes environments, on the controller."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do what `state` says."""
        super().run(tmp, task_vars)
        given = {name: value for name, value in self._task.args.items() if name != "mongo_uri"}
        if found := secret_faults(given):
            raise AnsibleActionFail("; ".join(found))
        arguments = self.validate_argument_spec(ARGUMENTS, required_if=[("state", "absent", ["inventory"])])[
            1
        ]
        do = {"present": self._present, "absent": self._absent}
        with opened_store(arguments) as store:
            try:
                return do[arguments["state"]](store, arguments["environment"], arguments)
            except ValueError as error:
                raise AnsibleActionFail(str(error)) from None

    def _present(self, store: Any, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        from ansible_collections.calipso.topology.calipso.scan.environments import (
            add,
            added,
            change,
            changed,
        )

        sent = {field: arguments[field] for field in FIELDS if field in self._task.args}
        rows = default_registry().supported
        before = store.environment(name)
        if before is None:
            after = added({**sent, "name": name}, rows)
            if not self._task.check_mode:
                add(store, after, by=caller(), at=now())
        else:
            after = changed(before, sent, rows)
            if before != after and not self._task.check_mode:
                before, after = change(store, name, sent, rows, by=caller(), at=now())
        return self._result(before, after, changed=before != after)

    def _absent(self, store: Any, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        from ansible_collections.calipso.topology.calipso.scan.environments import delete

        before = store.environment(name)
        is_there = before is not None
        if arguments["inventory"] == "delete":
            is_there = name in store.environment_names()
        if is_there and not self._task.check_mode:
            delete(store, name, arguments["inventory"], by=caller(), at=now())
        return self._result(before, None, changed=is_there)

    def _result(
        self, before: Environment | None, after: Environment | None, *, changed: bool
    ) -> dict[str, Any]:
        result = {"changed": changed, "environment": _told(after)}
        if self._task.diff:
            result["diff"] = {"before": _told(before) or {}, "after": _told(after) or {}}
        return result


def _told(environment: Environment | None) -> dict[str, Any] | None:
    """Return what people set of an environment."""
    if environment is None:
        return None
    document = asdict(environment)
    lists = {name: list(document[name]) for name in ("mechanism_drivers", "type_drivers")}
    return {"name": environment.name, **{name: document[name] for name in FIELDS}, **lists}
