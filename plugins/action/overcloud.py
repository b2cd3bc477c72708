# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.calipso.topology.calipso.scan.overcloud import Overcloud
from ansible_collections.calipso.topology.calipso.scan.overcloudrc import OvercloudError

ARGUMENTS = {
    "rc": {"type": "path", "required": True},
    "clouds": {"type": "path", "required": True},
    "hosts": {"type": "path", "required": True},
    "cloud": {"type": "str", "default": "overcloud"},
    "replace": {"type": "bool", "default": False},
    "inventory_file": {"type": "path"},
    "stackrc": {"type": "path"},
    "ssh_user": {"type": "str", "default": "heat-admin"},
}


class ActionModule(ActionBase):
    """Makes a cloud known that TripleO or Apex installed, on the controller."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Read the files, and write what they say."""
        super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(
            ARGUMENTS, mutually_exclusive=[("inventory_file", "stackrc")]
        )[1]
        rc, clouds, hosts, inventory, stackrc = (
            Path(arguments[name]) if arguments[name] else None
            for name in ("rc", "clouds", "hosts", "inventory_file", "stackrc")
        )
        overcloud = Overcloud(
            rc=rc,
            clouds=clouds,
            hosts=hosts,
            cloud=arguments["cloud"],
            replace=arguments["replace"],
            inventory=inventory,
            stackrc=stackrc,
            user=arguments["ssh_user"],
        )
        try:
            made = overcloud.write(check=self._task.check_mode)
        except OvercloudError as error:
            raise AnsibleActionFail(str(error)) from None
        return {
            "changed": made.is_new_cloud or made.are_new_hosts,
            "cloud": overcloud.cloud,
            "hosts": made.hosts or [],
        }
