# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that say where Calipso's database is."""

    DOCUMENTATION = r"""
options:
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
