"""What a worker has to reach clouds with; and the secrets that it gets by it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...model.targets import Target
from .clouds import password_of
from .result import StepError, Trial

ROOT = Path(__file__).resolve().parents[3]
"""Where the collection is that this is part of."""

_ANSIBLE_S = 60
_TELLING = {"ANSIBLE_LOAD_CALLBACK_PLUGINS": "0", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
"""Ansible answers with JSON, and nobody else hears of it."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a worker has: the same as its scans.

    `inventories` and `extra` are those of `Runner`: sources of Ansible's inventory, in which `{environment}`
    stands for the environment's name, and variables as `ansible -e` takes them. `variables`: environment
    variables, in which secrets, clouds.yaml (OS_CLIENT_CONFIG_FILE) and trusted authorities (SSL_CERT_FILE)
    are found.
    """

    inventories: Sequence[str] = ()
    extra: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    @property
    def authorities(self) -> str | None:
        """The file of the authorities that certificates are checked with; None: the system's."""
        return self.variables.get("SSL_CERT_FILE")

    def sources(self, environment: str) -> list[str]:
        """Return the sources of the inventory, for an Ansible that runs anywhere."""
        named = (each.replace("{environment}", environment) for each in self.inventories)
        return [each if "," in each else str(Path(each).expanduser().absolute()) for each in named]

    def extra_words(self) -> list[str]:
        """Return the options of Ansible's commands that give the variables."""
        given = (f"@{Path(each[1:]).absolute()}" if each.startswith("@") else each for each in self.extra)
        return [word for each in given for word in ("-e", each)]

    def ansible_variables(self) -> dict[str, str]:
        """Return the environment variables for Ansible, of this Python's own, which logs nothing."""
        path = os.pathsep.join([str(Path(sys.executable).parent), self.variables.get("PATH", os.defpath)])
        config = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")} if (ROOT / "ansible.cfg").is_file() else {}
        quiet = {
            "ANSIBLE_LOG_PATH": os.devnull,
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_FORCE_COLOR": "0",
        }
        # ansible-runner turns this off, unless it is said.
        checked = {"ANSIBLE_HOST_KEY_CHECKING": "True"}
        return {**config, **checked, **self.variables, **quiet, "PATH": path}


def secret_of(section: Target, environment: str, means: Means, trial: Trial) -> str:
    """Return a section's secret, from where that says that it lives; note the step. Raises StepError."""
    with trial.step("secret") as say:
        place = section.secret_in
        if place is None:
            raise StepError(
                "the section does not say where its secret lives",
                "no password is known: say in the section's secret_in where it lives",
            )
        if place.environment_variable is not None:
            say(f"from the environment variable {place.environment_variable}")
            return trial.hide(_of_environment(place.environment_variable, means))
        if place.ansible_variable is not None:
            say(f"from Ansible's variable {place.ansible_variable}")
            return trial.hide(_of_ansible(place.ansible_variable, environment, means, trial))
        if place.cloud is not None:
            say(f"from cloud {place.cloud} of clouds.yaml")
            return trial.hide(password_of(place.cloud, means.variables))
        raise StepError(
            f"it lives in AWX's credential {place.awx_credential!r}",
            "AWX gives credentials to its own jobs only, and not to this worker: test from a job of AWX, "
            "or have secret_in name an environment variable or a variable of Ansible that this worker has",
        )


def _of_environment(name: str, means: Means) -> str:
    found = means.variables.get(name)
    if not found:
        raise StepError(
            f"the environment variable {name} is {'empty' if found == '' else 'not set'}",
            f"the worker has no password: set {name} where the worker is started, and start it again",
        )
    return found


def _of_ansible(name: str, environment: str, means: Means, trial: Trial) -> str:
    """Return the value of a variable as Ansible knows it on localhost, Vault's included."""
    sources = [word for source in means.sources(environment) for word in ("-i", source)]
    asked = ["localhost", "-m", "ansible.builtin.debug", "-a", f"msg={{{{ lookup('vars', '{name}') }}}}"]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "adhoc", *sources, *means.extra_words(), *asked],
            env=means.ansible_variables() | _TELLING,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_ANSIBLE_S,
        )
    except subprocess.TimeoutExpired:
        raise StepError(
            f"Ansible did not tell {name} within {_ANSIBLE_S} s",
            "Ansible takes too long to read its inventory: see `ansible-inventory --list` where the worker "
            "runs",
        ) from None
    if done.returncode == 0:
        told: Any = json.loads(done.stdout.partition("=>")[2])["msg"]
        return str(told)
    why = trial.told(_why(done.stdout + done.stderr))
    if re.search(r"decrypt|vault (secret|password)", why, re.IGNORECASE):
        raise StepError(
            why,
            f"Ansible cannot decrypt {name}: give the worker Vault's password (ANSIBLE_VAULT_PASSWORD_FILE)",
        )
    raise StepError(
        why,
        f"Ansible's inventory has no usable variable {name} for localhost: put it into group_vars/all of the "
        "worker's inventory (-i), or give the worker its file (-e @FILE)",
    )


def _why(output: str) -> str:
    """Return the line in which Ansible says why it failed."""
    lines = [line.strip(' ",') for line in output.splitlines()]
    telling = [line for line in lines if line.startswith(("[ERROR]", "ERROR!", 'msg": "'))]
    return (telling or [line for line in lines if line] or ["it says nothing"])[0].removeprefix('msg": "')
