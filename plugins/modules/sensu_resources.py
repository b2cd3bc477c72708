#!/usr/bin/python
# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sensu_resources
short_description: Gives a namespace of Sensu Go the resources that it shall have
version_added: "0.1.0"
author: Contributors to the Calipso project (@calipso)
description:
  - Compares a list of resources with what a Sensu Go backend has, over one connection to its API, and
    creates and replaces only what is different. Thousands of resources take one task.
  - What Sensu sets by itself where nobody asks for it is no difference.
  - With O(prune), what an environment had and has no more is deleted.
  - The namespace is created if it is new.
options:
  url:
    description: Where the backend's API is, such as V(https://sensu.example.com:8080).
    type: str
    required: true
  user:
    description: Name of the user who asks. Required unless O(api_key).
    type: str
  password:
    description: Password of O(user).
    type: str
  api_key:
    description: An API key, which Sensu knows from 5.15 on, instead of O(user) and O(password).
    type: str
  ca:
    description:
      - File with the certificate of the authority that signs the backend's, as PEM. Otherwise the system's
        authorities are trusted.
    type: path
  validate_certs:
    description: Whether to check the backend's certificate. Without, anybody on the way reads the password.
    type: bool
    default: true
  timeout:
    description: Seconds that the backend may take to answer one request.
    type: int
    default: 30
  namespace:
    description: The namespace of all resources.
    type: str
    default: default
  src:
    description:
      - JSON file with the list of resources. What is in it is taken as it is; templates are not looked for.
      - It is read where the module runs, usually on the controller.
    type: path
  resources:
    description:
      - The resources, as sensuctl writes them. Each has C(type), C(metadata), C(spec), and C(api_version),
        which must be V(core/v2).
      - C(type) is one of V(Namespace), V(Asset), V(EventFilter), V(Mutator), V(Handler), V(HookConfig),
        V(CheckConfig), V(Entity) and V(Silenced).
      - Of an V(Entity), which agents write too, only what is named is compared and set.
    type: list
    elements: dict
  managed_by:
    description:
      - The environment whose resources these are. What is the environment's bears its name in the label
        C(calipso_environment). What bears another's name is not touched, and the task fails.
    type: str
  prune:
    description:
      - Whether to delete the resources that bear the label of O(managed_by) and are not in the list.
      - Entities of agents are never deleted by this.
    type: bool
    default: false
  events:
    description:
      - With O(prune), whether to delete also the events that bear the label of O(managed_by) and whose check
        nobody runs any more, neither a check of the list nor one of O(checks_src), and the agents' entities
        with that label, with all their events, whose host is not in O(checks_src).
    type: bool
    default: false
  checks_src:
    description:
      - Directory with a directory for each host, called as the host's entity. Its C(checks.json), where there
        is one, has the checks that run there in a batch, which are no resources of Sensu.
    type: path
attributes:
  check_mode:
    description: Says what would be changed, and changes nothing.
    support: full
  diff_mode:
    description: Shows each resource before and after.
    support: full
notes:
  - Runs where the API can be reached; usually on the controller, delegated to C(localhost).
  - Works with Sensu Go 5.18 and later.
"""

EXAMPLES = r"""
- name: Apply what an environment needs, and remove what it no longer needs
  calipso.topology.sensu_resources:
    url: https://sensu.example.com:8080
    ca: /etc/sensu/tls/ca.pem
    api_key: "{{ vault_sensu_api_key }}"
    src: /var/lib/calipso/monitoring/production/server/resources.json
    managed_by: production
    prune: true
    events: true
    checks_src: /var/lib/calipso/monitoring/production/hosts
  delegate_to: localhost

- name: Have a handler
  calipso.topology.sensu_resources:
    url: https://sensu.example.com:8080
    user: admin
    password: "{{ vault_sensu_password }}"
    resources:
      - type: Handler
        api_version: core/v2
        metadata:
          name: calipso
        spec:
          type: pipe
          command: python3 /etc/sensu/plugins/handler_calipso.py
  delegate_to: localhost
"""

RETURN = r"""
created:
  description: The resources that were not there.
  returned: success
  type: list
  elements: dict
  sample:
    - type: Handler
      name: calipso
updated:
  description: The resources that were different.
  returned: success
  type: list
  elements: dict
  sample:
    - type: CheckConfig
      name: calipso_batch
deleted:
  description: The resources that O(managed_by) had, and the entities of hosts that it had.
  returned: success
  type: list
  elements: dict
  sample: []
deleted_events:
  description: The events whose check nobody runs any more.
  returned: success
  type: list
  elements: dict
  sample:
    - entity: compute-3
      check: vnic_tap1713a2b4-c0
unchanged:
  description: How many resources were as they shall be.
  returned: success
  type: int
  sample: 42
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.calipso.topology.plugins.module_utils.sensu_api import SensuApi, SensuError
from ansible_collections.calipso.topology.plugins.module_utils.sensu_kinds import (
    KINDS,
    NAMESPACE,
    namespace_resource,
)
from ansible_collections.calipso.topology.plugins.module_utils.sensu_namespace import SensuNamespace
from ansible_collections.calipso.topology.plugins.module_utils.sensu_plan import (
    OwnerError,
    check_owner,
    described,
    lost_agents,
    lost_events,
    prunings,
    wanted_changes,
)
from ansible_collections.calipso.topology.plugins.module_utils.sensu_wanted import (
    WantedError,
    read_hosts,
    read_json,
    read_resources,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "user": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "api_key": {"type": "str", "no_log": True},
            "ca": {"type": "path"},
            "validate_certs": {"type": "bool", "default": True},
            "timeout": {"type": "int", "default": 30},
            "namespace": {"type": "str", "default": "default"},
            "src": {"type": "path"},
            "resources": {"type": "list", "elements": "dict"},
            "managed_by": {"type": "str"},
            "prune": {"type": "bool", "default": False},
            "events": {"type": "bool", "default": False},
            "checks_src": {"type": "path"},
        },
        mutually_exclusive=[("api_key", "user"), ("src", "resources")],
        required_one_of=[("api_key", "user"), ("src", "resources")],
        required_together=[("user", "password")],
        required_if=[("prune", True, ("managed_by",)), ("events", True, ("checks_src",))],
        supports_check_mode=True,
    )
    parameters = module.params
    if parameters["timeout"] < 1:
        module.fail_json(msg=f"timeout is {parameters['timeout']}: it must be 1 or more")
    try:
        api = _logged_in(parameters)
        try:
            result = _applied(module, SensuNamespace(api, parameters["namespace"]))
        finally:
            api.close()
    except (OwnerError, SensuError, WantedError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


def _logged_in(parameters):
    """Return the API, as the user who asks."""
    api = SensuApi(
        parameters["url"],
        ca=parameters["ca"],
        validate_certs=parameters["validate_certs"],
        timeout_s=parameters["timeout"],
    )
    if parameters["api_key"] is not None:
        api.use_api_key(parameters["api_key"])
    else:
        api.log_in(parameters["user"], parameters["password"])
    return api


def _applied(module, sensu):
    """Make the namespace what it shall be, or in check mode only find out how; return the result."""
    parameters, environment = module.params, module.params["managed_by"]
    wanted = _wanted(parameters)
    namespaces = {resource.name for resource in wanted if resource.type == NAMESPACE}
    types = KINDS if parameters["prune"] else {resource.type for resource in wanted}
    existing = sensu.resources(types, namespaces)
    changes, events = wanted_changes(wanted, existing), []
    if environment is not None:
        check_owner(changes, environment)
    if parameters["prune"]:
        changes += prunings(wanted, existing, environment)
    if parameters["prune"] and parameters["events"]:
        hosts = read_hosts(parameters["checks_src"])
        agents = lost_agents(existing["Entity"], hosts, environment)
        events = lost_events(sensu.events(), wanted, hosts, {agent.name for agent in agents}, environment)
        changes += agents
    if (changes or events) and not module.check_mode:
        for entity, check in events:
            sensu.delete_event(entity, check)
        for change in changes:
            sensu.apply(change)
        for change in wanted_changes(wanted, sensu.resources(types, namespaces)):
            module.warn(
                f"Sensu does not keep all of {change.type} {change.name}: does it know each field of it?"
            )
    return _told(changes, events, len(wanted), with_diff=module._diff)


def _wanted(parameters):
    """Return the resources that shall be, with the namespace."""
    entries = parameters["resources"] if parameters["src"] is None else read_json(parameters["src"])
    wanted = read_resources(entries, parameters["namespace"])
    namespace = namespace_resource(parameters["namespace"])
    return wanted if namespace in wanted else [namespace, *wanted]


def _told(changes, events, wanted_count, *, with_diff):
    """Return the task's result."""
    names = {"created": [], "updated": [], "deleted": []}
    for change in changes:
        what = "created" if change.before is None else "deleted" if change.after is None else "updated"
        names[what].append({"type": change.type, "name": change.name})
    result = {
        "changed": bool(changes or events),
        **names,
        "deleted_events": [{"entity": entity, "check": check} for entity, check in events],
        "unchanged": wanted_count - len(names["created"]) - len(names["updated"]),
    }
    if with_diff:
        result["diff"] = [
            {
                "before_header": f"{change.type} {change.name}",
                "after_header": f"{change.type} {change.name}",
                "before": described(change.type, change.before),
                "after": described(change.type, change.after),
            }
            for change in changes
        ]
    return result


if __name__ == "__main__":
    main()
