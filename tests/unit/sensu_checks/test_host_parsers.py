"""What commands print becomes the host's state, or a reason why it cannot, and never anything worse."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from calipso_checks.host import Port, Switch, read_devices, read_domains, read_program, read_switch
from calipso_checks.icmp import checksum
from calipso_checks.result import CannotTellError, Result, worst
from calipso_checks.switches import read_vpp_counters, read_vpp_states
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.text(min_size=1, max_size=15)
COUNTERS = st.dictionaries(
    st.sampled_from(["rx_bytes", "tx_errors", "collisions"]), st.integers(0, 2**63 - 1)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
ROWS = st.fixed_dictionaries(
    {"ifname": NAMES},
    optional={"flags": JSON, "stats64": JSON, "linkinfo": JSON, "addr_info": JSON, "master": JSON},
)
PORTS = st.builds(Port, NAMES, NAMES, st.sampled_from(["", "vxlan"]), st.none() | NAMES, COUNTERS)


@given(st.text() | JSON.map(json.dumps) | st.lists(ROWS).map(json.dumps))
def test_devices_are_read_or_a_reason_is_given(text: str) -> None:
    with suppress(CannotTellError):
        for name, device in read_devices(text).items():
            assert device.name == name


@given(
    st.text() | st.lists(JSON, min_size=3, max_size=3).map(lambda found: "\n".join(map(json.dumps, found)))
)
def test_a_switch_is_read_or_a_reason_is_given(text: str) -> None:
    with suppress(CannotTellError):
        read_switch(text)


@given(st.lists(PORTS, unique_by=lambda port: port.name), st.sets(NAMES))
def test_a_switch_is_read_as_it_is(ports: list[Port], empty: set[str]) -> None:
    """As ovs-vsctl writes: a set of one is the value itself."""
    bridges: dict[str, list[Any]] = {name: [] for name in empty | {port.bridge for port in ports}}
    port_rows, interface_rows = [], []
    for port in ports:
        key, interface = ["uuid", str(uuid4())], ["uuid", str(uuid4())]
        bridges[port.bridge].append(key)
        port_rows.append([key, interface])
        error = ["set", []] if port.error is None else port.error
        counters = ["map", list(port.counters.items())]
        interface_rows.append([interface, port.name, port.type, error, counters])
    several = {name: keys[0] if len(keys) == 1 else ["set", keys] for name, keys in bridges.items()}
    tables = [
        {"headings": ["name", "ports"], "data": list(several.items())},
        {"headings": ["_uuid", "interfaces"], "data": port_rows},
        {"headings": ["_uuid", "name", "type", "error", "statistics"], "data": interface_rows},
    ]
    found = read_switch("\n".join(map(json.dumps, tables)))
    assert found == Switch(set(bridges), {port.name: port for port in ports})


DOMAINS = """\
Domain: 'instance-00000001'
  state.state=1
  state.reason=5

Domain: 'it's "paused"'
  state.state=3
  state.reason=1

Domain: 'instance-00000009'
  state.state=5
  state.reason=6

Domain: 'of tomorrow'
  state.state=12

"""


def test_domains_in_virshs_words() -> None:
    assert read_domains(DOMAINS) == {
        "instance-00000001": "running",
        'it\'s "paused"': "paused",
        "instance-00000009": "shut off",
        "of tomorrow": "unknown",
    }
    assert read_domains("\n\n") == {}


VPP = """\
              Name               Idx    State  MTU (L3/IP4/IP6/MPLS)     Counter          Count
GigabitEthernet0/8/0              1      up          9000/0/0/0     rx packets                   120
                                                                    rx bytes                    9876
                                                                    tx packets                    34
                                                                    tx bytes                    2345
                                                                    drops                          7
                                                                    ip4                          100
                                                                    rx-error                       2
VirtualEthernet0/0/0              2     down         9000/0/0/0
local0                            0     down          0/0/0/0       drops                          1
"""


def test_interfaces_of_vpp() -> None:
    assert read_vpp_states(VPP) == {
        "GigabitEthernet0/8/0": "up",
        "VirtualEthernet0/0/0": "down",
        "local0": "down",
    }
    assert read_vpp_counters(VPP) == {
        "GigabitEthernet0/8/0": {
            "rx_packets": 120,
            "rx_bytes": 9876,
            "tx_packets": 34,
            "tx_bytes": 2345,
            "rx_dropped": 7,
            "rx_errors": 2,
        },
        "VirtualEthernet0/0/0": {},
        "local0": {"rx_dropped": 1},
    }


@given(st.text())
def test_any_text_of_vpp_and_virsh_is_read(text: str) -> None:
    assert set(read_vpp_counters(text)) == set(read_vpp_states(text))
    read_domains(text)


@pytest.mark.parametrize(
    ("command_line", "program"),
    [
        (b"dnsmasq\0--no-hosts\0", "dnsmasq"),
        (b"/usr/sbin/haproxy\0-f\0/etc/haproxy.conf\0", "haproxy"),
        (
            b"/usr/bin/python3\0-s\0/usr/bin/neutron-keepalived-state-change\0--x\0",
            "neutron-keepalived-state-change",
        ),
        (b"neutron-dhcp-agent: server worker (/usr/bin/python3 x)\0", "neutron-dhcp-agent"),
        (b"python3.11\0-c\0", "python3.11"),
        (b"", ""),
        (b"\0\0 \0", ""),
    ],
)
def test_programs_by_their_command_lines(command_line: bytes, program: str) -> None:
    assert read_program(command_line) == program


@given(st.binary())
def test_any_command_line_has_a_program(command_line: bytes) -> None:
    read_program(command_line)


@given(st.binary(max_size=64).filter(lambda found: len(found) % 2 == 0))
def test_a_message_with_its_checksum_adds_up(message: bytes) -> None:
    """RFC 1071: of a message that holds its checksum, the checksum is zero."""
    assert checksum(message + checksum(message).to_bytes(2, "big")) == 0


def test_of_many_faults_some_are_told_and_the_worst_counts() -> None:
    faults = [Result(1, f"fault {n}") for n in range(7)] + [Result(2, "the worst"), Result(3, "a riddle")]
    assert worst(faults, "") == (2, "the worst; fault 0; fault 1; fault 2; fault 3; and 4 more")
    assert worst([Result(3, "a riddle")], "") == (3, "a riddle")
    assert worst([], "all is well") == (0, "all is well")
