"""A change of the workload, for the comparison of two states. Runs inside the controller.

green-1 moves, running, to the last compute; green-dmz is added to green-router; the port green-spare is
deleted; blue-both loses its NIC on blue-db, while it is stopped: the guest answers no live unplug.
usage: change.py prepare|make
"""

import os
import sys
import time

from osc import connect

LAST = os.environ["COMPUTES"].split()[-1]
REPORTS = 70  # seconds in which every agent has reported twice


def wait(what, reached, seconds=120):
    for _attempt in range(seconds):
        if reached():
            return
        time.sleep(1)
    sys.exit(f"{what}: not within {seconds} s")


def prepare():
    net = connect("green").network
    network = net.find_network("green-dmz") or net.create_network(name="green-dmz")
    if not net.find_subnet("green-dmz-subnet1"):
        net.create_subnet(
            name="green-dmz-subnet1", network_id=network.id, ip_version=4, cidr="192.168.8.0/24"
        )
    if not net.find_port("green-spare"):
        net.create_port(name="green-spare", network_id=net.find_network("green-lan").id)


def move(compute, name):
    server = compute.find_server(name, ignore_missing=False)
    compute.live_migrate_server(server, host=LAST, block_migration="auto")

    def landed():
        now = compute.get_server(server.id)
        return (now.hypervisor_hostname, now.status, now.task_state) == (LAST, "ACTIVE", None)

    wait(f"{name} on {LAST}", landed)


def detach(cloud, name, port_name):
    compute, port = cloud.compute, cloud.network.find_port(port_name, ignore_missing=False)
    server = compute.find_server(name, ignore_missing=False)
    compute.stop_server(server)
    compute.wait_for_server(server, status="SHUTOFF", wait=120)
    compute.delete_server_interface(port.id, server=server)
    wait(f"{port_name} detached", lambda: not cloud.network.get_port(port.id).device_id)
    compute.start_server(server)
    compute.wait_for_server(server, wait=120)


def settled(net):
    """Whether every port that is bound is ACTIVE."""
    return all(p.status == "ACTIVE" for p in net.ports() if p.binding_host_id)


def make():
    admin, blue, green = connect(), connect("blue"), connect("green")
    net = green.network
    move(green.compute, "green-1")
    net.add_interface_to_router(
        net.find_router("green-router", ignore_missing=False),
        subnet_id=net.find_subnet("green-dmz-subnet1", ignore_missing=False).id,
    )
    net.delete_port(net.find_port("green-spare", ignore_missing=False), ignore_missing=False)
    detach(blue, "blue-both", "blue-both-blue-db")
    wait("all bound ports ACTIVE", lambda: settled(admin.network))
    time.sleep(REPORTS)
    wait("all bound ports ACTIVE", lambda: settled(admin.network))


{"prepare": prepare, "make": make}[sys.argv[1]]()
