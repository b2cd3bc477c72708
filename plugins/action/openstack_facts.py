# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.calipso.topology.calipso.model.fact_change import Sought
from ansible_collections.calipso.topology.calipso.model.source import OPENSTACK
from ansible_collections.calipso.topology.plugins.plugin_utils.staging import Collected, CollectingAction


class ActionModule(CollectingAction):
    """Asks the APIs of an OpenStack cloud."""

    module = "calipso.topology.openstack_facts"

    def source(self) -> str:
        """Return the cloud: an environment has one."""
        return OPENSTACK

    def collected(self, answer: dict[str, Any]) -> Collected:
        """Return the rows, and of which kinds and regions they are all."""
        fetched = [(kind["kind"], kind["region"]) for kind in answer["kinds"]]
        sought = [
            Sought(each["kind"], each["attribute"], value)
            for each in answer["sought"]
            for value in each["values"]
        ]
        return Collected(answer["rows"], answer["gaps"], fetched, sought, whole=self.is_whole())

    def is_whole(self) -> bool:
        """Say whether all of the cloud is asked for."""
        return self._task.args.get("select") is None
