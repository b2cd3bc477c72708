#!/usr/bin/python
# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_facts
short_description: Collect the virtual networking of a host
version_added: "0.1.0"
author:
  - Contributors to the Calipso project (@calipso)
description:
  - Collects, in one execution, what a host says of its networking. That is its interfaces, bonds and
    bridges, Open vSwitch, VPP, libvirt domains, network namespaces, LLDP neighbours and networking
    processes.
  - It only reads, with the host's own tools, and takes no secrets. The values of keys that name a secret
    are replaced by V(***).
  - Facts hold no clock and no counters, so two collections of an unchanged host are equal.
  - A tool that is not installed, or that fails, hangs or prints too much, fails nothing. The facts tell it
    as a gap.
  - What only root may read is a gap for other users, so use C(become).
options:
  timeout:
    description:
      - How many seconds each command may take. Then it is killed with all that it started, and its tool is
        not asked again.
    type: int
    default: 20
  output_limit:
    description:
      - How many bytes each command may print. Then it is killed, and what it printed is dropped.
    type: int
    default: 33554432
  record:
    description:
      - Whether to return also each command and what it said.
    type: bool
    default: false
  recording:
    description:
      - The directory of a recording, on the controller, for a host with C(connection=local). Commands are
        answered from what the host of this inventory name said then, and nothing is run.
    type: path
  record_to:
    description:
      - A directory on the controller for a recording, to which each command and what it said is added.
    type: path
extends_documentation_fragment:
  - calipso.topology.staging
attributes:
  check_mode:
    description: Can run in check mode and return the same facts.
    support: full
  diff_mode:
    description: Has nothing to show, since it changes nothing.
    support: none
  platform:
    description: Target systems that it runs on.
    support: full
    platforms: linux
requirements:
  - Python 3.8 or later
  - iproute2 with JSON output (5.0 or later), procps and coreutils
  - virsh, ovs-vsctl, vppctl, teamdctl, lldpctl and iptables-save, where the host has what they speak for
"""

EXAMPLES = r"""
- name: Collect a host's networking
  calipso.topology.host_facts:
  become: true
  register: host

- name: Say what could not be read
  ansible.builtin.debug:
    msg: "{{ item.part }}: {{ item.detail }}"
  loop: "{{ host.facts.gaps }}"

- name: Get the facts of a recorded host again
  calipso.topology.host_facts:
    recording: /var/lib/calipso/recordings/monday
  delegate_to: localhost
"""

RETURN = r"""
facts:
  description: What the host says of itself. A part that was not read is empty or null, and has a gap.
  returned: always
  type: dict
  contains:
    version:
      description: The version of the shape of these facts.
      type: int
      returned: always
    hostname:
      description: The host's own name.
      type: str
      returned: always
    fqdn:
      description: Its name with its domain.
      type: str
      returned: always
    os:
      description: The operating system, with C(id), C(name), C(version), C(kernel) and C(architecture).
      type: dict
      returned: always
    interfaces:
      description: The network devices outside of namespaces, by name.
      type: list
      elements: dict
      returned: always
    bonds:
      description: The kernel's bonds and teams, and their members.
      type: list
      elements: dict
      returned: always
    bridges:
      description: The Linux bridges and their interfaces.
      type: list
      elements: dict
      returned: always
    ovs:
      description: Open vSwitch, its bridges, and their ports and interfaces.
      type: dict
      returned: always
    vpp:
      description: VPP, its interfaces, bonds and bridge domains.
      type: dict
      returned: always
    domains:
      description: The libvirt domains and their interfaces, by UUID.
      type: list
      elements: dict
      returned: always
    namespaces:
      description: The named network namespaces, and their interfaces, routes and floating IPs.
      type: list
      elements: dict
      returned: always
    lldp:
      description: The LLDP neighbours, by interface.
      type: list
      elements: dict
      returned: always
    processes:
      description: The networking processes, and the namespaces that they run in.
      type: list
      elements: dict
      returned: always
    gaps:
      description: What could not be read, or not wholly.
      type: list
      elements: dict
      returned: always
      contains:
        part:
          description: The part of the facts that it concerns.
          type: str
          returned: always
        reason:
          description:
            - Why, in one word. One of V(missing), V(failed), V(timeout), V(truncated), V(unreadable),
              V(forbidden) and V(unsupported).
          type: str
          returned: always
        command:
          description: The command, if there was one.
          type: str
          returned: always
        detail:
          description: Why, in words.
          type: str
          returned: always
      sample:
        - part: ovs
          reason: timeout
          command: ovs-vsctl --format=json -- list Bridge
          detail: no answer within 20 s
recording:
  description: Each command in turn, and what it said.
  returned: when O(record=true)
  type: list
  elements: dict
  contains:
    command:
      description: The command and its arguments.
      type: list
      elements: str
      returned: always
    rc:
      description: Its exit status, or null if it gave no answer.
      type: int
      returned: always
    stdout:
      description: What it printed, without secrets.
      type: str
      returned: always
    stderr:
      description: What it complained about, or why it gave no answer.
      type: str
      returned: always
    error:
      description: Why it gave no answer, in one word.
      type: str
      returned: when it gave none
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.calipso.topology.plugins.module_utils.host import collect
from ansible_collections.calipso.topology.plugins.module_utils.recording import (
    RecordingError,
    read_host,
    to_entry,
)
from ansible_collections.calipso.topology.plugins.module_utils.runner import (
    LiveRunner,
    RecordingRunner,
    ReplayingRunner,
)
from ansible_collections.calipso.topology.plugins.module_utils.staging import staging_arguments


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "timeout": {"type": "int", "default": 20},
            "output_limit": {"type": "int", "default": 33554432},
            "record": {"type": "bool", "default": False},
            "recording": {"type": "path"},
            "record_to": {"type": "path"},
            **staging_arguments(),
        },
        supports_check_mode=True,
    )
    parameters = module.params
    for name in ("timeout", "output_limit"):
        if parameters[name] < 1:
            module.fail_json(msg=f"{name} is {parameters[name]}: it must be 1 or more")
    if parameters["recording"] is None:
        source = LiveRunner(parameters["timeout"], parameters["output_limit"])
    else:
        try:
            source = ReplayingRunner(read_host(parameters["recording"]))
        except RecordingError as error:
            module.fail_json(msg=str(error))
    runner = RecordingRunner(source)
    result = {"changed": False, "facts": collect(runner)}
    if parameters["record"]:
        result["recording"] = [to_entry(entry) for entry in runner.results]
    module.exit_json(**result)


if __name__ == "__main__":
    main()
