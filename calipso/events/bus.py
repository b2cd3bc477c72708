"""How an environment's message bus is reached."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from ..model.targets import AmqpTarget
from ..work.connections.result import Trial
from ..work.connections.secret import Means, secret_of
from ..work.connections.try_target import section_of

if TYPE_CHECKING:
    from ..model.environment import Environment


def bus_of(environment: Environment, means: Means) -> dict[str, Any]:
    """Return keyword arguments of kombu's Connection, the password among them. Raises StepError."""
    trial = Trial()
    section: AmqpTarget = section_of(environment, "AMQP", trial)
    tls = {"server_hostname": section.host, "ca_certs": means.authorities, "cert_reqs": ssl.CERT_REQUIRED}
    return {
        "transport": "pyamqp",
        "hostname": section.host,
        "port": section.port,
        "userid": section.user,
        "password": secret_of(section, environment.name, means, trial),
        "virtual_host": section.virtual_host,
        "ssl": tls if section.tls else False,
    }
