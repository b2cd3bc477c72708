# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: compare
short_description: Compares two states of an environment
version_added: 0.1.0
author: Contributors to the Calipso project (@calipso)
description:
  - Says which objects and links were added, removed and changed between two states, and which objects moved
    to another host. It changes nothing.
  - A state is a generation's number, the name of a snapshot, an ISO 8601 time (UTC), or V(latest).
  - It works on the controller, and needs the Python packages that C(calipso) needs beside Ansible.
extends_documentation_fragment: calipso.topology.database
options:
  environment:
    description: Name of the environment.
    type: str
    required: true
  before:
    description: The earlier state.
    type: str
    required: true
  after:
    description: The later state.
    type: str
    default: latest
  project:
    description: Compare only what belongs to this project, which is given by its id or name.
    type: str
  object_id:
    description: Compare only this object, which is given by its id or name, and what is in its clique.
    type: str
  fail_if_different:
    description: Fail if anything is different.
    type: bool
    default: false
attributes:
  check_mode:
    description: Changes nothing in any mode.
    support: full
  diff_mode:
    description: Shows what is different.
    support: none
"""

EXAMPLES = r"""
- name: See whether the cloud is as it was designed
  calipso.topology.compare:
    environment: production
    before: as designed
    fail_if_different: true

- name: See what happened to a project during a night
  calipso.topology.compare:
    environment: production
    before: "2026-11-01T20:00"
    after: "2026-11-02T08:00"
    project: blue
"""

RETURN = r"""
equal:
  description: Whether nothing is different.
  returned: always
  type: bool
before:
  description: The earlier state; its C(generation), C(names) (of snapshots) and C(published_at).
  returned: always
  type: dict
after:
  description: The later state, likewise.
  returned: always
  type: dict
scope:
  description:
    - The project or object that the comparison is limited to, or null; C(id), C(type), C(name), and whether
      it is there C(before) and C(after).
  returned: always
  type: dict
counts:
  description: How many C(objects) and C(links) are different, by what happened to them.
  returned: always
  type: dict
  sample:
    objects: {added: 1, changed: 2, moved: 1, removed: 0}
    links: {added: 3, changed: 0, removed: 3}
objects:
  description:
    - Lists of objects that were C(moved), C(removed), C(added) and C(changed). Each has C(id), C(type),
      C(name), C(host) where it has one, and C(health) with what it was C(before) and C(after).
    - Those that were moved or changed have C(attributes); each with its name in C(attribute), C(before) and
      C(after). Those that were moved have the hosts C(from) and C(to).
  returned: always
  type: dict
links:
  description: Lists of links that were C(removed), C(added) and C(changed), with their ends and C(state).
  returned: always
  type: dict
summary:
  description: All this in lines for people.
  returned: always
  type: list
  elements: str
"""
