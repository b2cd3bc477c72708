# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.calipso.topology.calipso.build.registry import default_registry
from ansible_collections.calipso.topology.calipso.report.comparing import ScopeError, compare
from ansible_collections.calipso.topology.calipso.report.style import Styles
from ansible_collections.calipso.topology.plugins.plugin_utils.staging import opened_store

ARGUMENTS = {
    "environment": {"type": "str", "required": True},
    "before": {"type": "str", "required": True},
    "after": {"type": "str", "default": "latest"},
    "project": {"type": "str"},
    "object_id": {"type": "str"},
    "fail_if_different": {"type": "bool", "default": False},
    "inventory_set": {"type": "str", "default": "inventory"},
    "mongo_uri": {"type": "str", "no_log": True},
}


class ActionModule(ActionBase):
    """Compares two states, on the controller."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return what is different."""
        from ansible_collections.calipso.topology.calipso.report.comparison import lines

        super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(ARGUMENTS, mutually_exclusive=[("project", "object_id")])[1]
        environment = arguments["environment"]
        with opened_store(arguments) as store:
            try:
                found = compare(
                    store,
                    environment,
                    store.find_state(environment, arguments["before"]),
                    store.find_state(environment, arguments["after"]),
                    project=arguments["project"],
                    focal_point=arguments["object_id"],
                )
            except ScopeError as error:
                raise AnsibleActionFail(str(error)) from None
        document = found.document()
        for state in ("before", "after"):
            document[state]["published_at"] = document[state]["published_at"].isoformat()
        summary = [line.plain for line in lines(found, Styles(default_registry().kinds.values()))]
        result = {
            "changed": False,
            "failed": arguments["fail_if_different"] and not found.equal,
            **{name: document[name] for name in ("equal", "before", "after", "scope", "objects", "links")},
            "counts": document["summary"],
            "summary": [line for line in summary if line],
        }
        if result["failed"]:
            result["msg"] = "The two states are different: " + summary[-1]
        return result
