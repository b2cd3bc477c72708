#!/usr/bin/python
# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: aci_facts
short_description: Collects the switches of a Cisco ACI fabric, their ports, and who hangs on them
version_added: "0.1.0"
author: Contributors to the Calipso project (@calipso)
description:
  - Asks an APIC over its REST API for leaves and spines, their ports and port channels, the cables of the
    fabric, LLDP neighbours, and the addresses that leaves learned at their ports.
  - Reads only, and logs out in the end.
  - Facts hold no clock, no counters and no secrets, so two collections of an unchanged fabric are equal.
options:
  host:
    description: Name or address of an APIC.
    type: str
  port:
    description: Its port.
    type: int
    default: 443
  user:
    description:
      - Who reads. The role C(admin) with read privilege in the security domain C(all) is enough.
      - A user of another login domain is C(apic:DOMAIN\\USER).
    type: str
  password:
    description: That user's password.
    type: str
  secret_in:
    description:
      - Where the password lives, in place of O(password), as an environment's configuration says it.
      - Exactly one of C(environment_variable), C(ansible_variable), C(cloud) and C(awx_credential).
      - The controller looks it up. An AWX credential gives it as variable C(calipso_aci_password).
    type: dict
  verify_tls:
    description: Whether to check the APIC's certificate. It is HTTPS in any case.
    type: bool
    default: true
  ca_cert:
    description: Path of the certificate of the authority that signs the APIC's.
    type: path
  timeout:
    description: Seconds that the APIC may take for one answer.
    type: int
    default: 60
  record_to:
    description:
      - Folder into which to record, under C(aci), each class of objects as it was read.
      - An earlier recording there is replaced.
    type: path
  recording:
    description: Folder of a recording to read instead of an APIC. No network and no credentials are used.
    type: path
extends_documentation_fragment:
  - calipso.topology.staging
requirements:
  - requests
notes:
  - Runs where the APIC can be reached; usually on the controller, delegated to C(localhost).
attributes:
  check_mode:
    support: full
    description: The module changes nothing.
"""

EXAMPLES = r"""
- name: Collect what the fabric says
  calipso.topology.aci_facts:
    host: apic1.example.com
    user: calipso
    password: "{{ vault_calipso_password }}"
  delegate_to: localhost
  register: fabric

- name: Collect it into Calipso's database, with the password from the environment
  calipso.topology.aci_facts:
    host: apic1.example.com
    user: calipso
    secret_in:
      environment_variable: CALIPSO_ACI_PASSWORD
    environment: production
  delegate_to: localhost
"""

RETURN = r"""
rows:
  description:
    - One row for each thing, sorted by kind and key.
    - Kinds are C(fabric_switch), C(fabric_port), C(fabric_cable), C(fabric_neighbour), which LLDP sees, and
      C(fabric_end_point), an address that a leaf learned at a port or port channel.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: fabric_end_point
      key: topology/pod-1/node-101/sys/ctx-[vxlan-2]/bd-[vxlan-5]/vlan-[vlan-111]/db-ep/mac-52:54:00:00:02:15
      data:
        id: topology/pod-1/node-101/sys/ctx-[vxlan-2]/bd-[vxlan-5]/vlan-[vlan-111]/db-ep/mac-52:54:00:00:02:15
        switch: "101"
        interface: eth1/3
        mac: 52:54:00:00:02:15
        encapsulation: vlan-111
        group: cloud/openstack/tunnels
kinds:
  description: The kinds of rows that were read wholly; a fabric knows no region.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: fabric_switch
      region:
gaps:
  description: What was not read, or only in part, and why.
  returned: success
  type: list
  elements: dict
  sample:
    - part: fabric_end_point
      reason: timeout
      command: GET /api/class/epmMacEp.json
      detail: "apic1:443: no answer within 60 seconds"
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.calipso.topology.plugins.module_utils.aci import IMPORT_ERROR, ApicError
from ansible_collections.calipso.topology.plugins.module_utils.aci_collect import gather
from ansible_collections.calipso.topology.plugins.module_utils.recording import RecordingError
from ansible_collections.calipso.topology.plugins.module_utils.staging import (
    SECRET_SOURCE_RULES,
    secret_source_arguments,
)


def main():
    module = AnsibleModule(
        argument_spec={
            "verify_tls": {"type": "bool", "default": True},
            **secret_source_arguments(443),
        },
        supports_check_mode=True,
        **SECRET_SOURCE_RULES,
    )
    if module.params["timeout"] < 1:
        module.fail_json(msg=f"`timeout` is {module.params['timeout']}, and must be at least 1.")
    if IMPORT_ERROR and not module.params["recording"]:
        module.fail_json(msg=missing_required_lib("requests"), exception=IMPORT_ERROR)
    try:
        facts = gather(module.params)
    except (ApicError, RecordingError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **facts)


if __name__ == "__main__":
    main()
