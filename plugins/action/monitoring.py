# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.calipso.topology.calipso.caller import caller
from ansible_collections.calipso.topology.plugins.plugin_utils.staging import now, opened_store

if TYPE_CHECKING:
    from ansible_collections.calipso.topology.calipso.store import Store

ARGUMENTS = {
    "state": {"type": "str", "choices": ["rendered", "deployed"], "default": "rendered"},
    "environment": {"type": "str", "required": True},
    "provision": {"type": "str", "choices": ["None", "DB", "Files", "Deploy"]},
    "directory": {"type": "path"},
    "url": {"type": "str"},
    "inventory_set": {"type": "str", "default": "inventory"},
    "mongo_uri": {"type": "str", "no_log": True},
}
TARGET = {"host", "port", "tls", "namespace", "calipso_url", "asset"}
"""What playbooks need of the section Monitoring."""


class ActionModule(ActionBase):
    """Renders monitoring's configuration, on the controller."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do what `state` says."""
        super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(ARGUMENTS)[1]
        do = {"rendered": self._rendered, "deployed": self._deployed}
        with opened_store(arguments) as store:
            try:
                return do[arguments["state"]](store, arguments)
            except (ValueError, OSError) as error:
                raise AnsibleActionFail(str(error)) from None

    def _rendered(self, store: Store, arguments: dict[str, Any]) -> dict[str, Any]:
        from ansible_collections.calipso.topology.calipso.build.registry import default_registry
        from ansible_collections.calipso.topology.calipso.monitoring.setup import described, set_up

        done = set_up(
            store,
            arguments["environment"],
            default_registry(),
            provision=arguments["provision"],
            directory=Path(arguments["directory"]).absolute() if arguments["directory"] else None,
            url=arguments["url"],
            check=self._task.check_mode,
            at=now(),
        )
        return {
            "changed": done.changed,
            "provision": done.provision,
            "type": done.system,
            "target": done.target.model_dump(include=TARGET),
            "checks": done.checks,
            "hosts": described(done.hosts, done.system),
            "files": list(done.files),
            "added": done.changes.added,
            "removed": done.changes.removed,
            "replaced": done.changes.changed,
        }

    def _deployed(self, store: Store, arguments: dict[str, Any]) -> dict[str, Any]:
        from ansible_collections.calipso.topology.calipso.monitoring.setup import note_deployed

        changed = note_deployed(
            store, arguments["environment"], by=caller(), at=now(), check=self._task.check_mode
        )
        return {"changed": changed}
