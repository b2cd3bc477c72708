"""The targets of an environment's `configuration`: how each is reached, and where its secret lives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from .monitoring import Provision

LONGEST_TEXT = 255
"""Characters."""


def _clean(text: str) -> str:
    if not text.isprintable() or text != text.strip() or text.startswith("$"):
        raise ValueError("this must be printable, without blanks at its ends, and not begin with $")
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT), AfterValidator(_clean)]
Host = Annotated[
    str,
    StringConstraints(max_length=LONGEST_TEXT, pattern=r"^\[?[A-Za-z0-9_:][A-Za-z0-9_:.%-]*\]?$"),
    Field(description="A host's name or address."),
]
Port = Annotated[int, Field(ge=1, le=65_535)]
Variable = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]

MonitoringType = Literal["Sensu", "Sensu Core"]


class Part(BaseModel):
    """A part of what people send: only what is declared, in the type that is declared."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SecretPlace(Part):
    """Where a target's secret lives; exactly one of these says it."""

    ansible_variable: Annotated[
        Variable | None, Field(description="A variable of the Ansible inventory, or of Vault.")
    ] = None
    environment_variable: Annotated[
        Variable | None, Field(description="An environment variable of whoever needs the secret.")
    ] = None
    awx_credential: Annotated[Text | None, Field(description="A credential of AWX, by its name.")] = None
    cloud: Annotated[Text | None, Field(description="A cloud of clouds.yaml.")] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> SecretPlace:
        named = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError(f"say exactly one of {', '.join(type(self).model_fields)}")
        return self


class Target(Part):
    """What all targets have."""

    secret_in: Annotated[SecretPlace | None, Field(description="Where its secret lives.")] = None


class OpenStackTarget(Target):
    """The OpenStack APIs: a cloud of clouds.yaml says where they are, and who logs in."""

    cloud: Annotated[Text, Field(description="The cloud's name in clouds.yaml.")]


class MysqlTarget(Target):
    """OpenStack's own database."""

    host: Host
    port: Port = 3306
    user: Text
    tls: bool = True


class CliTarget(Target):
    """The hosts' own command line, over Ansible."""

    hosts: Annotated[Text, Field(description="A group or pattern of the Ansible inventory.")] = (
        "calipso_hosts"
    )
    host: Annotated[Host | None, Field(description="The host through which the others are reached.")] = None
    user: Text | None = None
    key_file: Annotated[Text | None, Field(description="The path of the private key's file.")] = None


class AmqpTarget(Target):
    """The message bus with the cloud's notifications."""

    host: Host
    other_hosts: Annotated[
        list[Host],
        Field(description="The other members of a cluster; the next is tried where one does not answer."),
    ] = []
    port: Port = 5672
    user: Text
    virtual_host: Text = "/"
    tls: bool = False


class Asset(Part):
    """An archive of the checks and the handler, which Sensu Go's agents and backend fetch by themselves."""

    url: Annotated[Text, Field(pattern=r"^https?://\S+$", description="Where they fetch it.")]
    sha512: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$", description="Its signature.")]


class MonitoringTarget(Target):
    """Sensu Go's backend, or Sensu Core's server, and how far its configuration is brought out."""

    type: MonitoringType = "Sensu"
    host: Host
    port: Port = 8080
    user: Text | None = None
    namespace: Text = "default"
    tls: bool = True
    provision: Provision = "None"
    interval: Annotated[int, Field(ge=1, le=86_400, description="Seconds from one check to the next.")] = 15
    batch: Annotated[
        bool, Field(description="One check a host that looks at all; else a process for each object.")
    ] = True
    calipso_url: Annotated[
        Text | None, Field(description="Where users reach Calipso, for the addresses in alerts.")
    ] = None
    asset: Annotated[
        Asset | None, Field(description="Sensu Go fetches the checks; else they are installed as plugins.")
    ] = None


class AciTarget(Target):
    """The Cisco APIC of the switch fabric."""

    host: Host
    port: Port = 443
    user: Text
    verify_tls: bool = True


class Targets(Part):
    """A section for each target; null takes a section away.

    The historic form is read, too: a list of sections, each with its target's `name`.
    """

    openstack: Annotated[OpenStackTarget | None, Field(alias="OpenStack")] = None
    mysql: MysqlTarget | None = None
    cli: Annotated[CliTarget | None, Field(alias="CLI")] = None
    amqp: Annotated[AmqpTarget | None, Field(alias="AMQP")] = None
    monitoring: Annotated[MonitoringTarget | None, Field(alias="Monitoring")] = None
    aci: Annotated[AciTarget | None, Field(alias="ACI")] = None

    @model_validator(mode="before")
    @classmethod
    def _one_form(cls, sent: Any) -> Any:
        return by_target(sent)


TARGETS = tuple(field.alias or name for name, field in Targets.model_fields.items())
"""The names of the targets."""


def by_target(sent: Any) -> Any:
    """Return the sections by their targets' names, of a mapping as of the historic list of sections.

    Raises ValueError for a list whose sections have no name, or the same name twice.
    """
    if not isinstance(sent, list):
        return sent
    sections: dict[str, Any] = {}
    for number, section in enumerate(sent):
        name = section.get("name") if isinstance(section, Mapping) else None
        if name not in TARGETS:
            raise ValueError(f"section {number} of the list needs a name, one of {', '.join(TARGETS)}")
        if name in sections:
            raise ValueError(f"the list has two sections called {name}")
        sections[name] = {key: value for key, value in section.items() if key != "name"}
    return sections
