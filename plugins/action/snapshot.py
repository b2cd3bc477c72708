# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.calipso.topology.calipso.caller import caller
from ansible_collections.calipso.topology.calipso.scan.snapshots import forget, keep, snapshot
from ansible_collections.calipso.topology.plugins.plugin_utils.staging import now, opened_store

if TYPE_CHECKING:
    from ansible_collections.calipso.topology.calipso.store import Generation

ARGUMENTS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "environment": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "generation": {"type": "str", "default": "latest"},
    "inventory_set": {"type": "str", "default": "inventory"},
    "mongo_uri": {"type": "str", "no_log": True},
}


class ActionModule(ActionBase):
    """Names states and takes names away, on the controller."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do what `state` says."""
        super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(ARGUMENTS)[1]
        do = {"present": self._present, "absent": self._absent}
        with opened_store(arguments) as store:
            try:
                return do[arguments["state"]](store, arguments["environment"], arguments)
            except ValueError as error:
                raise AnsibleActionFail(str(error)) from None

    def _present(self, store: Any, environment: str, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["name"]
        found = store.find_state(environment, arguments["generation"])
        if self._task.check_mode:
            return _result(found, changed=name not in found.names)
        return _result(found, changed=keep(store, environment, name, found, by=caller(), at=now()))

    def _absent(self, store: Any, environment: str, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["name"]
        found = snapshot(store, environment, name)
        if not self._task.check_mode:
            forget(store, environment, name, by=caller(), at=now())
        return _result(found, changed=found is not None)


def _result(found: Generation | None, *, changed: bool) -> dict[str, Any]:
    return {
        "changed": changed,
        "generation": found.number if found else None,
        "published_at": found.published_at.isoformat() if found else None,
    }
