"""The ports of physical switches, with what hangs on them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import Field

from ...report.switch_ports import switch_ports
from ..answer import Answer
from ..call import Call, Name, OfState, Paged
from ..documents import Exact
from ..lists import unknown_object
from ..problem import Problem
from ..route import Access, Route


class SwitchPortsQuery(OfState, Paged):
    """Ports that hosts hang on, in one state of an environment."""

    env_name: Annotated[Name, Field(description="The environment.")]
    id: Annotated[
        Name | None,
        Field(description="Only the ports of this switch, port, host, instance or service."),
    ] = None


class HangingService(Exact):
    """An instance or service that hangs on a port by a network that the NIC carries."""

    type: Literal["instance", "vservice"]
    id: str
    name: str | None
    host: str
    nic: Annotated[str, Field(description="The id of the NIC at the port.")]
    network: str
    network_name: str | None
    segment: Annotated[str | None, Field(description="How the NIC carries the network: vlan-301.")]
    mac_address: str | None
    addresses: list[str]
    group: Annotated[
        str | None, Field(description="What the fabric puts its packets in: tenant/application/EPG.")
    ]


class SwitchPort(Exact):
    """A port, with what hangs on it."""

    switch: str | None
    switch_id: str
    name: str
    id: str
    state: str | None
    channel: Annotated[str | None, Field(description="The port channel that it is a member of.")]
    nics: Annotated[list[str], Field(description="The ids of the NICs at its other end.")]
    services: list[HangingService]


class SwitchPortsAnswer(Exact):
    """Ports, by id."""

    switch_ports: list[SwitchPort]


def ports(call: Call, query: SwitchPortsQuery) -> Answer:
    """List the ports of physical switches that hosts hang on, with the virtual services behind them."""
    view = call.view(query.env_name, query)
    of = view.object(query.id) if query.id is not None else None
    if query.id is not None and of is None:
        raise unknown_object(view, query.id)
    try:
        found = switch_ports(view, of, skip=query.skip, limit=query.page_size)
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from None
    return Answer({"switch_ports": found})


ROUTES = (Route("GET", "/switch_ports", ports, Access.VIEW, SwitchPortsAnswer),)
