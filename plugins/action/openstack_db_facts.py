# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.calipso.topology.calipso.model.source import OPENSTACK_DB
from ansible_collections.calipso.topology.plugins.plugin_utils.secret_place import secret_in
from ansible_collections.calipso.topology.plugins.plugin_utils.staging import Collected, CollectingAction

AWX_VARIABLE = "calipso_mysql_password"
"""The variable that a credential of AWX sets."""


class ActionModule(CollectingAction):
    """Asks the database of an OpenStack cloud."""

    module = "calipso.topology.openstack_db_facts"

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module, and stage its facts."""
        self._variables = task_vars or {}
        return super().run(tmp, task_vars)

    def source(self) -> str:
        """Return the database: an environment has one."""
        return OPENSTACK_DB

    def module_arguments(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments with the password itself, in place of where it lives."""
        place = arguments.get("secret_in")
        if not place:
            return arguments
        password = secret_in(place, self._templar, self._variables, AWX_VARIABLE)
        return {
            **{name: value for name, value in arguments.items() if name != "secret_in"},
            "password": password,
        }

    def collected(self, answer: dict[str, Any]) -> Collected:
        """Return the rows, and of which kinds they are all."""
        fetched = [(kind["kind"], kind["region"]) for kind in answer["kinds"]]
        return Collected(answer["rows"], answer["gaps"], fetched)
