# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: overcloud
short_description: Makes a cloud known that TripleO or Apex installed
version_added: 0.1.0
author: Contributors to the Calipso project (@calipso)
description:
  - Reads the cloud's C(overcloudrc), without running it, and adds the cloud to C(clouds.yaml), where alone
    its password is kept. All else in that file stays, and only its owner may read it.
  - Writes an inventory of the cloud's hosts, in group C(calipso_hosts).
  - It works on the controller, and needs the Python packages that C(calipso) needs beside Ansible.
options:
  rc:
    description: The cloud's C(overcloudrc).
    type: path
    required: true
  clouds:
    description: The C(clouds.yaml) that is written.
    type: path
    required: true
  hosts:
    description: The inventory that is written, where O(inventory_file) or O(stackrc) is given.
    type: path
    required: true
  cloud:
    description: The cloud's name in C(clouds.yaml).
    type: str
    default: overcloud
  replace:
    description:
      - Whether another cloud of that name is replaced, and a file O(hosts) that has more than the hosts of a
        scan; without it, they are refused.
    type: bool
    default: false
  inventory_file:
    description: TripleO's own inventory, as C(tripleo-ansible-inventory) writes it.
    type: path
  stackrc:
    description: The undercloud's C(stackrc); the servers of its Nova are the hosts.
    type: path
  ssh_user:
    description: Who logs in at the hosts that O(stackrc) leads to; from Wallaby on C(tripleo-admin).
    type: str
    default: heat-admin
attributes:
  check_mode:
    support: full
    description: Reads everything, and writes nothing.
  diff_mode:
    support: none
    description: What is written holds a password.
"""

EXAMPLES = r"""
- name: Make the overcloud known
  calipso.topology.overcloud:
    rc: /home/stack/overcloudrc
    inventory_file: /home/stack/tripleo-ansible-inventory.yaml
    clouds: /etc/openstack/clouds.yaml
    hosts: /etc/calipso/hosts.yml
"""

RETURN = r"""
cloud:
  description: The cloud's name in C(clouds.yaml).
  returned: success
  type: str
  sample: overcloud
hosts:
  description: The names of the hosts that were found.
  returned: success
  type: list
  elements: str
  sample: [overcloud-controller-0, overcloud-novacompute-0]
"""
