# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: topology
short_description: Begins a scan, and builds and publishes an environment's topology
version_added: 0.1.0
author: Contributors to the Calipso project (@calipso)
description:
  - A scan is begun with O(state=started), which tells whom to ask. Then M(calipso.topology.openstack_facts)
    and M(calipso.topology.host_facts) ask, and stage the answers. Then O(state=published) builds the topology
    from the latest facts of every source, and publishes it as the environment's next generation, if
    anything changed.
  - C(calipso.topology.scan) is the playbook that does all this.
  - It works on the controller, and needs the Python packages that C(calipso) needs beside Ansible.
options:
  state:
    description:
      - V(started) begins a scan; with O(scan_id) one that somebody asked for.
      - V(joined) tells what V(started) told of a scan, for a job that asks a part of its hosts.
      - V(published) ends it with a new generation, or none if nothing changed.
        It fails if not one source answered.
      - V(failed) ends it without one.
    type: str
    choices: [started, joined, published, failed]
    required: true
  environment:
    description: Name of the environment. It is made if it is new.
    type: str
    required: true
  scan_id:
    description: The scan. Required unless O(state=started), where it is one that somebody asked for.
    type: str
  attempt:
    description:
      - Which attempt at the scan this is, as its worker counts. The task fails if another worker has taken
        the scan over meanwhile, or the scan has ended.
    type: int
  slice:
    description: With O(state=joined), only a part of the hosts, V(2/4) the second of four.
    type: str
  snapshot:
    description: Keep the state that the scan finds, under this name.
    type: str
  compare_with:
    description: Tell in a message what is different from this snapshot, or from the V(previous) state.
    type: str
  reason:
    description: Why the scan failed. Required with O(state=failed).
    type: str
  hosts:
    description: All hosts that can be asked, by inventory name. With O(recording), its own are taken.
    type: list
    elements: str
    default: []
  limit:
    description: Ask only these hosts; each is a host name or an Ansible host pattern.
    type: list
    elements: str
  object_id:
    description: Ask only the OpenStack APIs and the hosts of this object, of all below it, and of its clique.
    type: str
  only:
    description:
      - Publish only this part.
      - V(links) and V(cliques) are made anew from the facts that are there, and nobody is asked.
    type: str
    choices: [inventory, links, cliques]
  clear:
    description:
      - At the end, forget the facts of sources that this scan did not ask. Earlier generations stay.
      - V(false) is the default, but for what a scan that was asked for says of itself.
    type: bool
  cloud:
    description:
      - Name of the cloud in C(clouds.yaml), for the environment's configuration.
      - Without it, the one that is in the configuration, or else E(OS_CLOUD).
    type: str
  distribution:
    description: What the cloud was installed with, such as V(Kolla). Clique types may be for one of these.
    type: str
  distribution_version:
    description: The version of O(distribution).
    type: str
  recording:
    description: Take the hosts and the cloud from the recording in this directory.
    type: path
  record_to:
    description: A new directory for a recording of this scan.
    type: path
  inventory_set:
    description: Name of the set of collections in the database, for those who keep several.
    type: str
    default: inventory
  mongo_uri:
    description:
      - Where the database is, as a MongoDB connection string.
      - Without it, the environment variable C(CALIPSO_MONGO_URI), or else Calipso's embedded server.
    type: str
attributes:
  check_mode:
    description: Says whom a scan would ask. Stores nothing.
    support: partial
    details: A generation is neither built nor compared.
  diff_mode:
    description: Shows what is different.
    support: none
"""

EXAMPLES = r"""
- name: Begin a scan
  calipso.topology.topology:
    state: started
    environment: production
    hosts: "{{ groups.calipso_hosts }}"
  register: scan

- name: Build and publish
  calipso.topology.topology:
    state: published
    environment: production
    scan_id: "{{ scan.scan_id }}"
"""

RETURN = r"""
scan_id:
  description: The scan.
  returned: always
  type: str
hosts:
  description: The inventory's names of the hosts to ask.
  returned: state is started or joined
  type: list
  elements: str
cloud:
  description: Whether the OpenStack APIs are to be asked.
  returned: state is started or joined
  type: bool
cloud_name:
  description: The cloud's name in C(clouds.yaml), null where none is known.
  returned: state is started
  type: str
further:
  description:
    - The sources to ask besides the hosts and OpenStack's APIs, C(openstack_db) and C(aci), each with its
      section of the environment's configuration, C(mysql) and C(ACI); empty where a recording answers for it.
  returned: state is started
  type: dict
recording:
  description: The recording's absolute path, or null.
  returned: state is started or joined
  type: str
record_to:
  description: The new recording's absolute path, or null.
  returned: state is started or joined
  type: str
status:
  description: C(completed), C(completed_with_errors) or C(failed).
  returned: state is not started
  type: str
generation:
  description: The environment's newest generation.
  returned: state is published
  type: int
counts:
  description: How many documents of each collection the generation has.
  returned: state is published
  type: dict
errors:
  description: What was asked and did not answer, or not wholly.
  returned: state is not started
  type: list
  elements: str
messages:
  description: How many messages of each level the builder has about this cloud.
  returned: state is published
  type: dict
monitored:
  description: Whether the environment says that its monitoring is rendered.
  returned: state is published
  type: bool
summary:
  description: All this in a few lines, for people.
  returned: state is published
  type: list
  elements: str
"""
