# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot
short_description: Keeps a state of an environment under a name
version_added: 0.1.0
author: Contributors to the Calipso project (@calipso)
description:
  - A state that has a name stays when others are thinned out, and is asked for by its name.
  - Who did it is noted in the environment's messages, with the name of the user on the controller.
  - It works on the controller, and needs the Python packages that C(calipso) needs beside Ansible.
extends_documentation_fragment: calipso.topology.database
options:
  state:
    description:
      - V(present) gives the name to a state. It fails if another state has it.
      - V(absent) takes the name away. The state is then kept no longer than others.
    type: str
    choices: [present, absent]
    default: present
  environment:
    description: Name of the environment.
    type: str
    required: true
  name:
    description:
      - The snapshot's name, such as V(as designed) or V(before change 4711).
      - At most 200 characters; neither a number, nor a time, nor V(latest).
    type: str
    required: true
  generation:
    description: The state that gets the name; a generation's number, an ISO 8601 time (UTC), or V(latest).
    type: str
    default: latest
attributes:
  check_mode:
    description: Says what would be changed, and changes nothing.
    support: partial
    details: Whether the name may be given is found only when it is given.
  diff_mode:
    description: Shows what is different.
    support: none
"""

EXAMPLES = r"""
- name: Keep the newest state, as it was designed
  calipso.topology.snapshot:
    environment: production
    name: as designed

- name: Keep what was there on the first of November at ten
  calipso.topology.snapshot:
    environment: production
    name: before change 4711
    generation: "2026-11-01T10:00"

- name: Let it go
  calipso.topology.snapshot:
    environment: production
    name: before change 4711
    state: absent
"""

RETURN = r"""
generation:
  description: The number of the state that has the name, or had it; null if none had.
  returned: always
  type: int
published_at:
  description: When that state was published; null if there is none.
  returned: always
  type: str
"""
