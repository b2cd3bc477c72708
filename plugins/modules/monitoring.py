# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: monitoring
short_description: Renders what Sensu is to watch of an environment
version_added: 0.1.0
author: Contributors to the Calipso project (@calipso)
description:
  - From templates and the newest state of the inventory it makes Sensu's configuration, for each host and
    for Sensu's server. Only what is different from before is written; what is gone is removed.
  - It works on the controller, and needs the Python packages that C(calipso) needs beside Ansible.
extends_documentation_fragment: calipso.topology.database
options:
  state:
    description:
      - V(rendered) renders, and writes what I(provision) says.
      - V(deployed) notes in the environment that its monitoring is set up.
    type: str
    choices: [rendered, deployed]
    default: rendered
  environment:
    description: Name of the environment.
    type: str
    required: true
  provision:
    description:
      - How far the configuration is brought out; if this is not given, as far as the environment says.
      - V(None) renders nothing and takes away what was rendered, V(DB) keeps it in the database, V(Files) and
        V(Deploy) also write files. To install them is what C(playbooks/monitoring.yml) does.
    type: str
    choices: [None, DB, Files, Deploy]
  directory:
    description: The directory on the controller that gets the files; it holds nothing else.
    type: path
  url:
    description: Where users reach Calipso, for the addresses in alerts.
    type: str
attributes:
  check_mode:
    description: Says what would be changed, and changes nothing.
    support: full
  diff_mode:
    description: Shows what is different.
    support: none
"""

EXAMPLES = r"""
- name: Render into files
  calipso.topology.monitoring:
    environment: production
    provision: Files
    directory: /var/lib/calipso/monitoring/production
    url: https://calipso.example.org
"""

RETURN = r"""
provision:
  description: How far the configuration was brought out.
  returned: when rendered
  type: str
type:
  description: The monitoring system; Sensu, or Sensu Core.
  returned: when rendered
  type: str
target:
  description: Where the monitoring system is; its host, port, tls and namespace, and calipso_url and asset.
  returned: when rendered
  type: dict
checks:
  description: How many objects and links are checked.
  returned: when rendered
  type: int
hosts:
  description:
    - The environment's hosts, each with its id, inventory_hostname, entity (its name in Sensu), and directory
      (of its files, in that of all).
  returned: when rendered
  type: list
  elements: dict
files:
  description: The files that were written or removed, in the directory.
  returned: when rendered
  type: list
  elements: str
added:
  description: How many documents are new.
  returned: when rendered
  type: int
replaced:
  description: How many documents are different from before.
  returned: when rendered
  type: int
removed:
  description: How many documents are gone.
  returned: when rendered
  type: int
"""
