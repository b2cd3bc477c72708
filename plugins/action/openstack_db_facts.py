# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.calipso.topology.calipso.model.source import OPENSTACK_DB
from ansible_collections.calipso.topology.plugins.plugin_utils.secret_place import SecretCollectingAction


class ActionModule(SecretCollectingAction):
    """Asks the database of an OpenStack cloud."""

    module = "calipso.topology.openstack_db_facts"
    awx_variable = "calipso_mysql_password"

    def source(self) -> str:
        """Return the database: an environment has one."""
        return OPENSTACK_DB
