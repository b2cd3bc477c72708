"""What the parsers make of whole hosts, and of hosts whose tools print rubbish."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from ansible_collections.calipso.topology.plugins.module_utils.runner import Result
from host_samples import REMAINDER, facts_of, recorded
from hypothesis import given, settings
from hypothesis import strategies as st

HOSTS = {"net1": recorded("net1"), "cmp1": recorded("cmp1"), "remainder": REMAINDER}


def names(rows: Any) -> list[str]:
    return [row["name"] for row in rows]


def by_name(rows: Any) -> dict[str, Any]:
    return {row["name"]: row for row in rows}


def test_network_node_is_as_it_was() -> None:
    facts = facts_of(HOSTS["net1"])
    assert (facts["hostname"], facts["fqdn"]) == ("net1", "net1")
    assert facts["os"] == {
        "id": "debian",
        "name": "Debian GNU/Linux",
        "version": "12",
        "kernel": "6.18.44-fc-v669",
        "architecture": "x86_64",
    }
    interfaces = by_name(facts["interfaces"])
    assert {name: interfaces[name]["mac"] for name in interfaces if name.startswith("eth")} == {
        "eth0": "52:54:00:00:0c:00",
        "eth1": "52:54:00:00:0c:01",
        "eth2": "52:54:00:00:0c:02",
    }
    assert {(row["interface"], row["chassis_name"], row["port_id"]) for row in facts["lldp"]} == {
        ("eth0", "tor1", "swp2"),
        ("eth1", "tor2", "swp2"),
        ("eth2", "edge1", "swp1"),
    }
    assert {
        row["name"]: [name for name in names(row["interfaces"]) if name != "lo"]
        for row in facts["namespaces"]
    } == {
        "qdhcp-0ed0abd3-52c7-4598-a977-def31756e25d": ["tap52c45c20-6f"],
        "qdhcp-5c844e8b-e932-412d-be7f-ac063148ecb4": ["tap3aa4e268-eb"],
        "qdhcp-6a6c8630-189d-4c12-a74a-a3d2c2b3f652": ["tapde3a1d2b-df"],
        "qrouter-7d564c8f-7b08-43be-969a-f879cd462f09": ["qg-22061b5f-09", "qr-bbb207a5-bc"],
        "qrouter-badea8c7-42bd-4336-95d1-a22c93fccb44": [
            "qg-3c6fbcce-a2",
            "qr-5cdf0bf9-db",
            "qr-819467e2-8c",
            "qr-e0ab8699-c6",
        ],
    }
    assert [row for space in facts["namespaces"] for row in space["nat"]] == [
        {"floating_ip": "203.0.113.193", "fixed_ip": "10.1.1.14"}
    ]
    assert {"destination": "default", "gateway": "203.0.113.1", "device": "qg-3c6fbcce-a2"} in facts[
        "namespaces"
    ][4]["routes"]
    assert [(row["name"], row["namespace"]) for row in facts["processes"] if row["namespace"]] == [
        ("dnsmasq", "qdhcp-0ed0abd3-52c7-4598-a977-def31756e25d"),
        ("dnsmasq", "qdhcp-5c844e8b-e932-412d-be7f-ac063148ecb4"),
        ("dnsmasq", "qdhcp-6a6c8630-189d-4c12-a74a-a3d2c2b3f652"),
        ("haproxy", "qrouter-7d564c8f-7b08-43be-969a-f879cd462f09"),
        ("haproxy", "qrouter-badea8c7-42bd-4336-95d1-a22c93fccb44"),
    ]
    assert [(gap["part"], gap["reason"]) for gap in facts["gaps"]] == [("domains", "missing")]


def test_compute_node_is_as_it_was() -> None:
    facts = facts_of(HOSTS["cmp1"])
    assert facts["gaps"] == []
    nics = {
        domain["nova_name"]: [(nic["mac"], nic["target"], nic["source"]) for nic in domain["interfaces"]]
        for domain in facts["domains"]
    }
    assert nics == {
        "blue-web-1": [("fa:16:3e:08:19:59", "tap463d9152-ef", "qbr463d9152-ef")],
        "blue-db-1": [("fa:16:3e:69:9b:46", "tapc0d1d4f8-97", "qbrc0d1d4f8-97")],
        "green-1": [("fa:16:3e:ae:0d:8f", "tapa6c8c1ce-d2", "qbra6c8c1ce-d2")],
    }
    assert {domain["state"] for domain in facts["domains"]} == {"running"}
    assert {bridge["name"]: bridge["interfaces"] for bridge in facts["bridges"]} == {
        "qbr463d9152-ef": ["qvb463d9152-ef", "tap463d9152-ef"],
        "qbra6c8c1ce-d2": ["qvba6c8c1ce-d2", "tapa6c8c1ce-d2"],
        "qbrc0d1d4f8-97": ["qvbc0d1d4f8-97", "tapc0d1d4f8-97"],
    }
    assert by_name(facts["interfaces"])["qvb463d9152-ef"]["peer"] == "qvo463d9152-ef"
    assert facts["ovs"]
    assert {
        bridge["name"]: {port["name"]: port["tag"] for port in bridge["ports"]}
        for bridge in facts["ovs"]["bridges"]
    } == {
        "br-int": {
            "br-int": None,
            "patch-tun": None,
            "qvo463d9152-ef": 1,
            "qvoa6c8c1ce-d2": 3,
            "qvoc0d1d4f8-97": 2,
        },
        "br-tun": {"br-tun": None, "patch-int": None, "vxlan-0a14000c": None, "vxlan-0a140016": None},
        "br-vxlan": {"br-vxlan": None, "eth1": None},
    }
    tunnel = by_name(by_name(facts["ovs"]["bridges"])["br-tun"]["ports"])["vxlan-0a14000c"]["interfaces"][0]
    assert (tunnel["type"], tunnel["options"]["local_ip"], tunnel["options"]["remote_ip"]) == (
        "vxlan",
        "10.20.0.21",
        "10.20.0.12",
    )


def test_bonds_vlans_tunnels_and_hardware() -> None:
    facts = facts_of(REMAINDER)
    interfaces = by_name(facts["interfaces"])
    assert facts["bonds"] == [
        {
            "name": "bond0",
            "mode": "802.3ad",
            "members": ["eno1", "eno2"],
            "active_member": None,
            "lacp_partner": "00:1c:73:aa:bb:cc",
            "member_details": [
                {
                    "name": "eno1",
                    "state": "active",
                    "link": "up",
                    "aggregator": 1,
                    "mac": "3c:fd:fe:00:00:01",
                },
                {"name": "eno2", "state": None, "link": None, "aggregator": None, "mac": None},
            ],
        },
        {
            "name": "bond1",
            "mode": "active-backup",
            "members": ["eno3"],
            "active_member": "eno3",
            "lacp_partner": None,
            "member_details": [
                {"name": "eno3", "state": None, "link": None, "aggregator": None, "mac": None}
            ],
        },
    ]
    assert interfaces["bond0.100"]["vlan"] == {"id": 100, "protocol": "802.1Q"}
    assert interfaces["bond0.100"]["parent"] == "bond0"
    assert interfaces["vxlan-4242"]["parent"] == "bond0.100"
    assert interfaces["vxlan-4242"]["tunnel"] == {
        "id": 4242,
        "local": None,
        "remote": None,
        "group": "239.1.1.1",
        "port": 8472,
        "device": "bond0.100",
    }
    hardware = {
        name: (
            row["physical"],
            row["speed"],
            row["duplex"],
            row["driver"],
            row["bus"],
            row["up"],
            row["carrier"],
        )
        for name, row in interfaces.items()
        if row["kind"] in (None, "bond")
    }
    assert hardware == {
        "bond0": (False, 50000, "full", None, None, True, True),
        "bond1": (False, None, None, None, None, True, True),
        "eno1": (True, 25000, "full", "i40e", "0000:3b:00.0", True, True),
        "eno2": (True, None, None, "virtio_net", "0000:00:04.0", True, True),
        "eno3": (True, None, None, None, "6045bdf7-0000-1111", False, None),
    }
    assert interfaces["eno1"]["virtual_functions"] == [
        {
            "index": 0,
            "mac": "fa:16:3e:00:00:01",
            "vlan": 301,
            "link_state": "auto",
            "bus": "0000:3b:02.0",
        },
        {"index": 1, "mac": "fa:16:3e:00:00:02", "vlan": 7, "link_state": None, "bus": "0000:3b:02.1"},
    ]
    assert [(gap["part"], gap["reason"]) for gap in facts["gaps"]] == [
        ("fqdn", "missing"),
        ("ovs", "missing"),
    ]


def test_unusual_domain_interfaces() -> None:
    (domain,) = facts_of(REMAINDER)["domains"]
    assert [
        (nic["type"], nic["mac"], nic["source"], nic["target"], nic["port_id"], nic["link_up"], nic["mtu"])
        for nic in domain["interfaces"]
    ] == [
        ("hostdev", "fa:16:3e:00:00:01", "0000:3b:02.1", None, None, None, None),
        ("vhostuser", "fa:16:3e:00:00:03", "/var/lib/vhost_sockets/vhu1", "vhu1", None, None, None),
        (
            "bridge",
            "fa:16:3e:00:00:04",
            "br-int",
            "tap1",
            "9c858901-8a57-4791-81fe-4c455b099bc9",
            False,
            1442,
        ),
    ]


def test_every_shape_of_lldp_json() -> None:
    assert [
        (
            row["interface"],
            row["chassis_id"],
            row["chassis_name"],
            row["management_addresses"],
            row["port_id"],
        )
        for row in facts_of(REMAINDER)["lldp"]
    ] == [
        ("eno1", "00:1c:73:aa:bb:cc", "leaf1", ["192.0.2.9"], "Ethernet1"),
        ("eno1", "00:1c:73:aa:bb:cc", None, ["192.0.2.9"], "Ethernet2"),
        ("eno2", "00:1c:73:aa:bb:cc", "id", ["192.0.2.9"], "Ethernet3"),
        ("eno3", "leaf2", "leaf2", ["192.0.2.10"], "Ethernet9"),
    ]


@pytest.mark.parametrize("host", ["net1", "cmp1"])
def test_a_host_that_says_nothing_is_all_gaps(host: str) -> None:
    facts = facts_of([Result(result.command, 1, "", "it broke") for result in HOSTS[host]])
    assert {gap["part"] for gap in facts["gaps"]} >= {
        "hostname",
        "fqdn",
        "os",
        "interfaces",
        "namespaces",
        "processes",
        "ovs",
        "domains",
        "lldp",
    }


def test_xml_entities_are_not_expanded() -> None:
    bomb = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))
    said = f'<!DOCTYPE domain [<!ENTITY e0 "boom">{bomb}]>\n<domain>\n<uuid>&e11;</uuid>\n</domain>\n'
    facts = facts_of([at._replace(stdout=said) if "dumpxml" in at.command[-1] else at for at in REMAINDER])
    assert facts["domains"] == []
    assert ("domains", "unreadable") in {(gap["part"], gap["reason"]) for gap in facts["gaps"]}


ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.text(),
    st.just("\ud800\0\u2028"),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    st.just([["uuid", []]]),
)


def truncated(text: str, draw: Any) -> str:
    cut = draw(st.integers(0, len(text.encode())))
    return text.encode()[:cut].decode("utf-8", "backslashreplace")


def shuffled(text: str, draw: Any) -> str:
    lines = text.split("\n")
    random.Random(draw(st.integers(0, 2**32))).shuffle(lines)  # noqa: S311 - nothing is guarded
    return "\n".join(lines)


def littered(text: str, draw: Any) -> str:
    data = bytearray(text.encode())
    for _edit in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=8))
    return data.decode("utf-8", "backslashreplace")


def inflated(text: str, draw: Any) -> str:
    digits = [at for at, character in enumerate(text) if character.isdigit()]
    if not digits:
        return text
    at = draw(st.sampled_from(digits))
    length: int = draw(st.sampled_from([1, 17, 19, 5000]))
    return text[:at] + "9" * length + text[at:]


def mistyped(text: str, draw: Any) -> str:
    """Put another kind of value somewhere into each JSON document of `text`."""
    lines = []
    for line in [text] if text.startswith("{\n") else text.split("\n"):
        try:
            document = json.loads(line)
        except ValueError:
            lines.append(line)
        else:
            lines.append(json.dumps(_spoilt(document, draw)))
    return "\n".join(lines)


def _spoilt(value: Any, draw: Any) -> Any:
    if draw(st.integers(0, 3)) and isinstance(value, (dict, list)) and value:
        spoilt: Any = value.copy()
        key = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        spoilt[key] = _spoilt(value[key], draw)
        return spoilt
    return draw(ODD_VALUES)


@settings(max_examples=400)
@given(st.data())
def test_rubbish_gives_facts(data: st.DataObject) -> None:
    results = list(HOSTS[data.draw(st.sampled_from(sorted(HOSTS)))])
    for at in data.draw(st.lists(st.integers(0, len(results) - 1), min_size=1, max_size=4, unique=True)):
        spoil = data.draw(st.sampled_from([truncated, shuffled, littered, inflated, mistyped]))
        results[at] = results[at]._replace(stdout=spoil(results[at].stdout, data.draw))
    facts = facts_of(results)
    json.dumps(facts, ensure_ascii=False, allow_nan=False).encode()
    assert all(-(2**63) <= number < 2**63 for number in integers(facts))


@settings(max_examples=100)
@given(st.data())
def test_cut_json_is_reported(data: st.DataObject) -> None:
    results = list(HOSTS[data.draw(st.sampled_from(sorted(HOSTS)))])
    documents = [
        at
        for at, result in enumerate(results)
        if {"-j", "json", "--format=json"}.intersection(result.command) and result.stdout
    ]
    at = data.draw(st.sampled_from(documents))
    whole = results[at].stdout.rstrip()
    results[at] = results[at]._replace(stdout=whole[: data.draw(st.integers(1, len(whole) - 1))])
    commands = [gap["command"] for gap in facts_of(results)["gaps"] if gap["reason"] == "unreadable"]
    assert any(command and command.startswith(results[at].command[0]) for command in commands)


def integers(value: Any) -> list[int]:
    if isinstance(value, dict):
        return [found for item in value.values() for found in integers(item)]
    if isinstance(value, list):
        return [found for item in value for found in integers(item)]
    return [value] if isinstance(value, int) else []
