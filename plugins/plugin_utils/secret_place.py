# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks up on the controller the secret of a section of an environment's configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible_collections.calipso.topology.plugins.plugin_utils.staging import Collected, CollectingAction


class SecretCollectingAction(CollectingAction):
    """Gives its module a password in place of where that lives. `awx_variable`: AWX's credential sets it."""

    awx_variable: str

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module, and stage its facts."""
        self._variables = task_vars or {}
        return super().run(tmp, task_vars)

    def module_arguments(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments with the password itself, in place of where it lives."""
        place = arguments.get("secret_in")
        if not place:
            return arguments
        password = secret_in(place, self._templar, self._variables, self.awx_variable)
        return {
            **{name: value for name, value in arguments.items() if name != "secret_in"},
            "password": password,
        }

    def collected(self, answer: dict[str, Any]) -> Collected:
        """Return the rows, and of which kinds they are all."""
        fetched = [(kind["kind"], kind["region"]) for kind in answer["kinds"]]
        return Collected(answer["rows"], answer["gaps"], fetched)


def secret_in(place: Mapping[str, Any], templar: Any, variables: Mapping[str, Any], awx_variable: str) -> str:
    """Return the secret that lives in `place`, a `secret_in` as environments are configured.

    `awx_variable` is the variable that an AWX credential sets. Raises AnsibleActionFail.
    """
    named = {name: value for name, value in place.items() if value is not None}
    if len(named) != 1:
        raise AnsibleActionFail("secret_in must name exactly one place where the secret lives")
    [(kind, name)] = named.items()
    if kind == "environment_variable":
        return _found(os.environ.get(name), f"the environment variable {name}")
    if kind == "ansible_variable":
        return _variable(name, templar, variables)
    if kind == "awx_credential":
        return _variable(awx_variable, templar, variables)
    if kind == "cloud":
        return _of_cloud(name)
    raise AnsibleActionFail(f"secret_in names no place that is known: {kind}")


def _variable(name: str, templar: Any, variables: Mapping[str, Any]) -> str:
    value = templar.template(variables[name]) if name in variables else None
    return _found(value, f"the variable {name} of Ansible")


def _of_cloud(name: str) -> str:
    from ansible_collections.calipso.topology.calipso.work.connections.clouds import password_of
    from ansible_collections.calipso.topology.calipso.work.connections.result import StepError

    try:
        return password_of(name, os.environ)
    except StepError as error:
        raise AnsibleActionFail(f"no password is known: {error.text}") from None


def _found(value: Any, place: str) -> str:
    if not value:
        raise AnsibleActionFail(f"no password is known: {place} is not set where the scan runs")
    return str(value)
