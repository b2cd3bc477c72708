"""Changes of the lab's cloud, as operators make them with the OpenStack client; at the end all is undone.

A step is done when the API shows what was asked for. What is marked `payload`, a notification tells wholly.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import openstack

PROJECT = "blue"
MOST_S = 150.0


@dataclass(frozen=True, slots=True)
class Step:
    """A change. `payload`: no host needs to be asked for what it changes."""

    name: str
    make: Callable[[], object]
    payload: bool = False


def first(listed: Iterable[Any]) -> Any:
    """Return the first of what an API lists, which is not empty."""
    return next(iter(listed))


class Cloud:
    """The steps, and what they have made."""

    def __init__(self, cloud: str) -> None:
        """Log in: as an administrator, and as one in the project."""
        self._admin = openstack.connect(cloud=cloud)
        self._own = self._admin.connect_as_project(PROJECT)
        self._network, self._compute = self._own.network, self._own.compute
        self._made: dict[str, Any] = {}

    def steps(self) -> Iterator[Step]:
        """Yield the steps, in their order."""
        yield from self._networks()
        yield from self._servers()
        yield from self._floating_ips()
        yield from self._ends()
        yield from self._infrastructure()

    def _networks(self) -> Iterator[Step]:
        net, made = self._network, self._made
        external = self._admin.network.find_network("public")
        yield Step(
            "network.create", self._make("net", lambda: net.create_network(name="ev-net")), payload=True
        )
        yield Step(
            "network.update", lambda: net.update_network(made["net"], name="ev-net-renamed"), payload=True
        )
        yield Step(
            "subnet.create",
            self._make(
                "sub",
                lambda: net.create_subnet(
                    name="ev-sub", network_id=made["net"].id, ip_version=4, cidr="10.9.9.0/24"
                ),
            ),
        )
        yield Step("subnet.update", lambda: net.update_subnet(made["sub"], name="ev-sub-2"), payload=True)
        yield Step("subnet.update dhcp off", lambda: net.update_subnet(made["sub"], enable_dhcp=False))
        yield Step("subnet.update dhcp on", lambda: net.update_subnet(made["sub"], enable_dhcp=True))
        yield Step(
            "port.create",
            self._make("port", lambda: net.create_port(name="ev-port", network_id=made["net"].id)),
            payload=True,
        )
        yield Step("port.update", lambda: net.update_port(made["port"], name="ev-port-2"), payload=True)
        yield Step("port.delete", lambda: net.delete_port(made["port"]), payload=True)
        yield Step("router.create", self._make("router", lambda: net.create_router(name="ev-router")))
        yield Step("router.update", lambda: net.update_router(made["router"], name="ev-router-2"))
        yield Step(
            "router.update gateway",
            lambda: net.update_router(made["router"], external_gateway_info={"network_id": external.id}),
        )
        yield Step(
            "router.interface.create",
            lambda: net.add_interface_to_router(made["router"], subnet_id=made["sub"].id),
        )

    def _servers(self) -> Iterator[Step]:
        compute, made = self._compute, self._made
        host = first(self._admin.compute.services(binary="nova-compute")).host
        image = self._own.image.find_image("ipxe")
        small, larger = (compute.find_flavor(name) for name in ("m1.nano", "m1.micro"))
        yield Step(
            "compute.instance.create",
            self._make(
                "server",
                lambda: compute.create_server(
                    name="ev-vm",
                    flavor_id=small.id,
                    image_id=image.id,
                    availability_zone=f"nova:{host}",
                    networks=[{"uuid": made["net"].id}],
                ),
                then="ACTIVE",
            ),
        )
        yield Step(
            "compute.instance.update",
            lambda: compute.update_server(made["server"], name="ev-vm-renamed"),
            payload=True,
        )
        yield Step("live migration", self._act({"os-migrateLive": {"host": None, "block_migration": "auto"}}))
        yield Step("resize", self._act({"resize": {"flavorRef": larger.id}}, "VERIFY_RESIZE"))
        yield Step("resize.confirm", self._act({"confirmResize": None}))
        yield Step("power_off", self._act({"os-stop": None}, "SHUTOFF"))
        blue_db = self._network.find_network("blue-db").id
        yield Step(
            "interface_attach", lambda: compute.create_server_interface(made["server"], net_id=blue_db)
        )
        yield Step("interface_detach", lambda: self._detach(blue_db))
        yield Step("power_on", self._act({"os-start": None}))
        yield Step("pause", self._act({"pause": None}, "PAUSED"))
        yield Step("unpause", self._act({"unpause": None}))
        yield Step("suspend", self._act({"suspend": None}, "SUSPENDED"))
        yield Step("resume", self._act({"resume": None}))
        yield Step("reboot", self._act({"reboot": {"type": "HARD"}}))
        yield Step("rebuild", self._act({"rebuild": {"imageRef": image.id}}))

    def _floating_ips(self) -> Iterator[Step]:
        net, made = self._network, self._made
        external = self._admin.network.find_network("public").id
        yield Step(
            "floatingip.create", self._make("fip", lambda: net.create_ip(floating_network_id=external))
        )
        yield Step(
            "floatingip.update",
            lambda: net.update_ip(made["fip"], port_id=next(net.ports(device_id=made["server"].id)).id),
        )
        yield Step("floatingip.update away", lambda: net.update_ip(made["fip"], port_id=None))
        yield Step("floatingip.delete", lambda: net.delete_ip(made["fip"]))

    def _ends(self) -> Iterator[Step]:
        net, made = self._network, self._made
        yield Step("compute.instance.delete", self._delete_server)
        yield Step(
            "router.interface.delete",
            lambda: net.remove_interface_from_router(made["router"], subnet_id=made["sub"].id),
        )
        yield Step(
            "router.update no gateway", lambda: net.update_router(made["router"], external_gateway_info={})
        )
        yield Step("router.delete", lambda: net.delete_router(made["router"]))
        yield Step("subnet.delete", lambda: net.delete_subnet(made["sub"]))
        yield Step("network.delete", lambda: net.delete_network(made["net"]))

    def _infrastructure(self) -> Iterator[Step]:
        compute, network, made = self._admin.compute, self._admin.network, self._made
        yield Step(
            "servergroup.create",
            self._make("group", lambda: compute.create_server_group(name="ev-group", policy="affinity")),
            payload=True,
        )
        yield Step("servergroup.delete", lambda: compute.delete_server_group(made["group"]), payload=True)
        yield Step("aggregate.create", self._make("agg", lambda: compute.create_aggregate(name="ev-agg")))
        service = first(compute.services(binary="nova-compute"))
        yield Step("aggregate.addhost", lambda: compute.add_host_to_aggregate(made["agg"], service.host))
        yield Step(
            "aggregate.removehost", lambda: compute.remove_host_from_aggregate(made["agg"], service.host)
        )
        yield Step("aggregate.delete", lambda: compute.delete_aggregate(made["agg"]))
        agent = first(network.agents(host=service.host))
        yield Step(
            "agent.update down", lambda: network.update_agent(agent, admin_state_up=False), payload=True
        )
        yield Step("agent.update up", lambda: network.update_agent(agent, admin_state_up=True), payload=True)
        of = {"host": service.host, "binary": "nova-compute"}
        yield Step("service.update off", lambda: compute.disable_service(service, **of))
        yield Step("service.update on", lambda: compute.enable_service(service, **of))

    def _make(self, name: str, make: Callable[[], Any], then: str | None = None) -> Callable[[], None]:
        def run() -> None:
            self._made[name] = make()
            if then:
                self._wait(then)

        return run

    def _act(self, action: dict[str, Any], status: str = "ACTIVE") -> Callable[[], None]:
        def run() -> None:
            path = f"/servers/{self._made['server'].id}/action"
            self._compute.post(path, json=action, microversion="2.79").raise_for_status()
            self._wait(status)

        return run

    def _wait(self, status: str) -> None:
        """Wait until the server is in this state, and Nova does nothing with it."""
        until = time.monotonic() + MOST_S
        while True:
            server = self._compute.get_server(self._made["server"].id)
            if server.status == status and not server.task_state:
                return
            if server.status == "ERROR" or time.monotonic() > until:
                raise RuntimeError(f"the server is {server.status}/{server.task_state}, and not {status}")
            time.sleep(0.25)

    def _detach(self, network: str) -> None:
        server = self._made["server"]
        own = (each for each in self._compute.server_interfaces(server) if each.net_id == network)
        port = next(own)
        self._compute.delete_server_interface(port, server=server)
        until = time.monotonic() + MOST_S
        while port.port_id in {each.port_id for each in self._compute.server_interfaces(server)}:
            if time.monotonic() > until:
                raise RuntimeError("the interface is not detached")
            time.sleep(0.25)

    def _delete_server(self) -> None:
        self._compute.delete_server(self._made["server"])
        self._compute.wait_for_delete(self._made["server"], interval=0.25, wait=MOST_S)
