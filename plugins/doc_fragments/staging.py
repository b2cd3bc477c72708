# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options by which facts go into Calipso's database instead of back to Ansible."""

    DOCUMENTATION = r"""
options:
  environment:
    description:
      - Name of the Calipso environment whose facts these are.
      - With it, the controller puts the facts into Calipso's database as soon as they arrive, and the task
        returns only a summary. Without it, the task returns the facts.
      - This option, O(scan_id), O(inventory_set) and O(mongo_uri) stay on the controller. It needs the Python
        package C(calipso) or at least C(pymongo) and C(pydantic).
    type: str
  scan_id:
    description: The scan that asks, as M(calipso.topology.topology) returned it.
    type: str
  inventory_set:
    description: Name of the set of collections in the database, for those who keep several.
    type: str
    default: inventory
  mongo_uri:
    description:
      - Where the database is, as a MongoDB connection string.
      - Without it, the environment variable C(CALIPSO_MONGO_URI), or else Calipso's embedded server.
    type: str
"""
