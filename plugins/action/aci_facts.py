# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.calipso.topology.calipso.model.source import ACI
from ansible_collections.calipso.topology.plugins.plugin_utils.secret_place import SecretCollectingAction


class ActionModule(SecretCollectingAction):
    """Asks the controller of a Cisco ACI fabric."""

    module = "calipso.topology.aci_facts"
    awx_variable = "calipso_aci_password"

    def source(self) -> str:
        """Return the fabric: an environment has one."""
        return ACI
