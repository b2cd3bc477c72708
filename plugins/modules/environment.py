# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: environment
short_description: Makes, changes and deletes the configuration of an environment
version_added: 0.1.0
author: Contributors to the Calipso project (@calipso)
description:
  - An environment is one cloud. A scan makes it by itself; this says what a scan cannot know.
  - Only what is given is changed. A null takes a text away.
  - No secret is taken. A section of O(configuration) names where its secret lives.
  - Who did it is noted in the environment's messages, with the name of the user on the controller.
  - It works on the controller, and needs the Python packages that C(calipso) needs beside Ansible.
extends_documentation_fragment: calipso.topology.database
options:
  state:
    description:
      - V(present) makes the environment, or changes what is given of it.
      - V(absent) deletes it. O(inventory) says what happens to what was scanned.
    type: str
    choices: [present, absent]
    default: present
  environment:
    description: Name of the environment, of 1 to 100 characters.
    type: str
    required: true
  environment_type:
    description: V(OpenStack). V(Kubernetes), V(VMware) and V(Bare-metal) are reserved.
    type: str
  distribution:
    description: What the cloud was installed with, such as V(Kolla).
    type: str
  distribution_version:
    description: The version of O(distribution).
    type: str
  mechanism_drivers:
    description: The cloud's mechanism drivers, such as V(OVS). Where there are none, those that a scan finds.
    type: list
    elements: str
  type_drivers:
    description: The cloud's type drivers, such as V(vxlan). Where there are none, those that a scan finds.
    type: list
    elements: str
  env_type:
    description: What the cloud is for; V(development), V(testing), V(staging) or V(production).
    type: str
  user:
    description: The owner, who may see and change it.
    type: str
  auth:
    description:
      - Who else may see it, in the list V(view-env), and change it, in the list V(edit-env).
      - Names of users, and V(group:NAME).
    type: dict
  listen:
    description: Whether to follow the cloud's notifications.
    type: bool
  enable_monitoring:
    description: Whether to monitor the cloud's objects.
    type: bool
  retention:
    description:
      - For how long which states are kept. Any of the keys V(all), V(hourly), V(daily) and V(weekly), each
        with an age such as V(12h), V(90d) or V(2y), or V(forever).
      - V(null) is the default.
    type: dict
  configuration:
    description:
      - How the cloud's parts are reached. A mapping with any of the sections V(OpenStack), V(mysql), V(CLI),
        V(AMQP), V(Monitoring) and V(ACI), or a list of them, each with its C(name).
      - A section that is given replaces that section. V(null) takes it away. Others stay.
    type: raw
  inventory:
    description:
      - Required with O(state=absent).
      - V(keep) deletes only the configuration. What was scanned can still be read by administrators.
      - V(delete) deletes all that is known of the environment, for good.
    type: str
    choices: [keep, delete]
attributes:
  check_mode:
    description: Says what would be changed, and changes nothing.
    support: full
  diff_mode:
    description: Shows what is different.
    support: full
"""

EXAMPLES = r"""
- name: Say where a cloud is reached, and who may see it
  calipso.topology.environment:
    environment: production
    distribution: Kolla
    env_type: production
    auth:
      view-env: ["group:noc"]
      edit-env: [ann]
    retention:
      all: 7d
      daily: forever
    configuration:
      OpenStack:
        cloud: production
      AMQP:
        host: rabbit.example.org
        user: calipso
        secret_in:
          ansible_variable: vault_rabbit_password

- name: Take a section away
  calipso.topology.environment:
    environment: production
    configuration:
      AMQP: null

- name: Delete the environment, and all that is known of it
  calipso.topology.environment:
    environment: production
    state: absent
    inventory: delete
"""

RETURN = r"""
environment:
  description: What is set of the environment now; null if it is absent.
  returned: always
  type: dict
"""
