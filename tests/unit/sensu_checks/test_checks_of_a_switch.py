"""Checks look at a real Open vSwitch, which is broken and mended under them."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from host_namespace import HostNamespace, options, run
from open_vswitch import OpenVSwitch, open_vswitch
from sensu_server import wait_until

OK, ERROR, UNKNOWN = 0, 2, 3


@pytest.fixture
def switch(host: HostNamespace) -> Iterator[OpenVSwitch]:
    """Its switch: br-int with a tap that is in a service's namespace, and br-tun with a NIC and a tunnel.

    The Linux bridge qbr1 is joined with br-int by qvb1 and qvo1.
    """
    host.run("ip", "link", "add", "qbr1", "up", "type", "bridge")
    host.run("ip", "link", "add", "qvb1", "up", "master", "qbr1", "type", "veth", "peer", "name", "qvo1")
    host.run("ip", "link", "set", "qvo1", "up")
    host.run("ip", "link", "add", "eth1", "up", "type", "veth", "peer", "name", "eth1-peer")
    host.run("ip", "link", "set", "eth1-peer", "up")
    with open_vswitch(host) as running:
        for bridge in ("br-int", "br-tun"):
            running.vsctl("add-br", bridge, "--", "set", "Bridge", bridge, "datapath_type=netdev")
        running.vsctl("add-port", "br-int", "qvo1", "tag=1")
        running.vsctl("add-port", "br-int", "tap2", "--", "set", "Interface", "tap2", "type=internal")
        running.vsctl("add-port", "br-tun", "eth1")
        add_tunnel(running)
        yield running


def add_tunnel(switch: OpenVSwitch) -> None:
    """Give br-tun its tunnel."""
    tunnel = ("type=vxlan", "options:remote_ip=10.20.0.2", "options:key=flow")
    switch.vsctl("add-port", "br-tun", "vxlan-1", "--", "set", "Interface", "vxlan-1", *tunnel)


def test_a_switch_with_its_bridges_and_ports(host: HostNamespace, switch: OpenVSwitch) -> None:
    """What it lacks, and what the switch itself says does not work."""
    asked = options({"bridge": ["br-int", "br-tun"], "port": ["eth1", "vxlan-1"]})
    assert host.check("vedge_ovs", *asked) == (
        OK,
        "check_vedge_ovs OK: Open vSwitch answers, with 2 bridges, 6 ports",
    )
    switch.vsctl("del-port", "br-tun", "vxlan-1")
    assert host.check("vedge_ovs", *asked) == (
        ERROR,
        "check_vedge_ovs CRITICAL: port vxlan-1 does not exist",
    )
    add_tunnel(switch)
    assert host.check("vedge_ovs", *asked)[0] == OK
    host.run("ip", "link", "delete", "eth1")
    assert host.check("vedge_ovs", *asked) == (
        ERROR,
        "check_vedge_ovs CRITICAL: port eth1 has no device any more",
    )
    switch.vsctl("del-port", "br-tun", "eth1")
    switch.vsctl("add-port", "br-tun", "eth1")
    assert host.check("vedge_ovs", *asked)[1].startswith(
        "check_vedge_ovs CRITICAL: port eth1 does not work: could not open network device eth1"
    )
    switch.vsctl("del-br", "br-tun")
    assert host.check("vedge_ovs", *asked)[1] == (
        "check_vedge_ovs CRITICAL: bridge br-tun does not exist; port eth1 does not exist; "
        "port vxlan-1 does not exist"
    )


def test_what_is_plugged_in_is_told_from_a_switch_that_is_dead(
    host: HostNamespace, switch: OpenVSwitch
) -> None:
    """A switch that hangs or ended is its own fault; its database still tells of ports, or nothing does."""
    vedge = options({"bridge": ["br-int"]})
    link = options({"device": "qvb1", "bridge": "qbr1", "peer": "qvo1", "switch_bridge": "br-int"})
    switch.signal("ovs-vswitchd", signal.SIGSTOP)
    status, said = host.check("vedge_ovs", *vedge)
    assert status == ERROR
    assert said.startswith("check_vedge_ovs CRITICAL: Open vSwitch does not answer: ovs-appctl ")
    assert host.check("link_vconnector_vedge", *link)[0] == OK
    switch.signal("ovs-vswitchd", signal.SIGCONT)
    assert host.check("vedge_ovs", *vedge)[0] == OK
    switch.signal("ovs-vswitchd", signal.SIGTERM)
    assert host.check("vedge_ovs", *vedge)[0] == ERROR
    switch.start_switch()
    assert host.check("vedge_ovs", *vedge)[0] == OK
    switch.signal("ovsdb-server", signal.SIGTERM)
    assert host.check("vedge_ovs", *vedge)[0] == ERROR
    status, said = host.check("link_vconnector_vedge", *link)
    assert status == UNKNOWN
    assert said.startswith("check_link_vconnector_vedge UNKNOWN: ovs-vsctl failed: ")


def test_a_bridge_in_a_switch(host: HostNamespace, switch: OpenVSwitch) -> None:
    """Both ends of the hop count, each in its bridge."""
    asked = options({"device": "qvb1", "bridge": "qbr1", "peer": "qvo1", "switch_bridge": "br-int"})
    name = "check_link_vconnector_vedge"
    assert host.check("link_vconnector_vedge", *asked) == (OK, f"{name} OK: qvb1 and qvo1 are up")
    host.run("ip", "link", "set", "qvb1", "nomaster")
    assert host.check("link_vconnector_vedge", *asked) == (
        ERROR,
        f"{name} CRITICAL: qvb1 is not in bridge qbr1: it is in none",
    )
    host.run("ip", "link", "set", "qvb1", "master", "qbr1")
    switch.vsctl("del-port", "br-int", "qvo1")
    assert host.check("link_vconnector_vedge", *asked) == (
        ERROR,
        f"{name} CRITICAL: qvo1 is not in br-int: it is in no bridge",
    )
    switch.vsctl("add-port", "br-tun", "qvo1")
    assert host.check("link_vconnector_vedge", *asked)[1].endswith("qvo1 is not in br-int: it is in br-tun")
    switch.vsctl("del-port", "br-tun", "qvo1", "--", "add-port", "br-int", "qvo1")
    assert host.check("link_vconnector_vedge", *asked)[0] == OK
    host.run("ip", "link", "set", "qvo1", "down")
    assert host.check("link_vconnector_vedge", *asked)[0] == ERROR


def test_a_vnic_in_a_switch_and_a_namespace(host: HostNamespace, switch: OpenVSwitch) -> None:
    """A service's vNIC is looked for in its namespace, and in the switch."""
    namespace = host.service("qdhcp")
    host.run("ip", "link", "set", "tap2", "netns", namespace)
    run("ip", "-n", namespace, "link", "set", "tap2", "up")
    asked = options({"device": "tap2", "namespace": namespace, "switch_bridge": "br-int"})
    assert host.check("vnic", *asked) == (OK, "check_vnic OK: tap2 is up in br-int")
    run("ip", "-n", namespace, "link", "set", "tap2", "down")
    assert host.check("vnic", *asked) == (ERROR, "check_vnic CRITICAL: tap2 is switched off")
    run("ip", "-n", namespace, "link", "set", "tap2", "up")
    switch.vsctl("set", "Interface", "tap2", "type=vxlan")
    wait_until(lambda: host.check("vnic", *asked)[0] == ERROR, "tap2 does not work")
    nowhere = options({"device": "tap2", "namespace": "nowhere"})
    assert host.check("vnic", *nowhere)[1].endswith("namespace nowhere of tap2 does not exist")
