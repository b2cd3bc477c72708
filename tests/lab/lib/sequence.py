"""Inside the controller: a scripted sequence of changes, each a step with its start and end.

Everything it makes it also deletes, so that the lab ends as it began. Prints one JSON line a step; a step
that fails is written with its error, the rest goes on, and the exit status tells.
usage: sequence.py STEPSFILE
"""

import json
import os
import sys
import time
from pathlib import Path

from osc import connect

adm = connect()
c = connect("blue")
net, comp = c.network, c.compute
first, *_others, last = os.environ["COMPUTES"].split()
S = {}  # what the steps have made, and where the server is
failed = []


def step(name, fn, settle=2):
    t, err, res = time.time(), None, None
    try:
        res = fn()
    except Exception as e:
        err = f"{type(e).__name__}: {e}"[:400]
    time.sleep(settle)
    ids = {"id": res.id, "name": getattr(res, "name", None)} if hasattr(res, "id") else None
    row = {"step": name, "start": t, "end": time.time(), "object": ids, "error": err}
    print(json.dumps(row), flush=True)
    with Path(sys.argv[1]).open("a") as out:
        out.write(json.dumps(row) + "\n")
    if err:
        failed.append(name)
    return res


def vm(status, timeout=150):
    s = comp.wait_for_server(
        comp.get_server(S["vm"].id), status=status, failures=["ERROR"], wait=timeout, interval=1
    )
    S["host"] = comp.get_server(s.id).hypervisor_hostname
    return s


def act(call, status):
    def run():
        call(S["vm"])
        time.sleep(1)
        return vm(status)

    return run


def rest(action, status=None):
    def run():
        r = comp.post(
            f"/servers/{S['vm'].id}/action", json=action, headers={"OpenStack-API-Version": "compute 2.79"}
        )
        r.raise_for_status()
        time.sleep(2)
        return vm(status) if status else S["vm"]

    return run


# networks, subnets, ports
S["net"] = step("network.create", lambda: net.create_network(name="rec-net"))
step("network.update", lambda: net.update_network(S["net"], name="rec-net-renamed"))
S["sub"] = step(
    "subnet.create",
    lambda: net.create_subnet(name="rec-sub", network_id=S["net"].id, ip_version=4, cidr="10.9.9.0/24"),
    5,
)
step(
    "subnet.update",
    lambda: net.update_subnet(S["sub"], name="rec-sub-renamed", dns_nameservers=["9.9.9.9"]),
    3,
)
S["port"] = step("port.create", lambda: net.create_port(name="rec-port", network_id=S["net"].id))
step("port.update", lambda: net.update_port(S["port"], name="rec-port-renamed"))
step("port.delete", lambda: net.delete_port(S["port"]))
# routers
ext = adm.network.find_network("public")
S["router"] = step("router.create", lambda: net.create_router(name="rec-router"), 3)
step("router.update", lambda: net.update_router(S["router"], name="rec-router-renamed"))
step(
    "router.gateway.set",
    lambda: net.update_router(S["router"], external_gateway_info={"network_id": ext.id}),
    6,
)
step("router.interface.add", lambda: net.add_interface_to_router(S["router"], subnet_id=S["sub"].id), 6)
# a server's life
flavor, img = comp.find_flavor("m1.nano"), c.image.find_image("ipxe")
micro = comp.find_flavor("m1.micro")


def boot():
    S["vm"] = comp.create_server(
        name="rec-vm",
        flavor_id=flavor.id,
        image_id=img.id,
        availability_zone=f"nova:{first}",
        networks=[{"uuid": S["net"].id}],
    )
    return vm("ACTIVE")


step("server.create", boot, 4)
step("server.rename", lambda: comp.update_server(S["vm"], name="rec-vm-renamed"))
# moves first, on a fresh instance
step("server.live_migrate", rest({"os-migrateLive": {"host": None, "block_migration": "auto"}}, None), 1)


def landed():
    before = S["host"]
    for _try in range(90):
        s = comp.get_server(S["vm"].id)
        if s.status == "ACTIVE" and s.hypervisor_hostname != before and not s.task_state:
            S["host"] = s.hypervisor_hostname
            return s
        time.sleep(1)
    raise RuntimeError(f"still {s.status}/{s.task_state} on {s.hypervisor_hostname}")


step("server.live_migrate.landed", landed, 4)
step("server.resize", rest({"resize": {"flavorRef": micro.id}}, "VERIFY_RESIZE"), 3)
step("server.resize.confirm", rest({"confirmResize": None}, "ACTIVE"), 4)
step("server.stop", act(comp.stop_server, "SHUTOFF"), 3)
# attached and detached while stopped: the iPXE guest never answers a live unplug
step(
    "server.interface.attach",
    lambda: comp.create_server_interface(S["vm"], net_id=net.find_network("blue-db").id) and S["vm"],
    6,
)


def detach():
    i = next(i for i in comp.server_interfaces(S["vm"]) if i.net_id == net.find_network("blue-db").id)
    comp.delete_server_interface(i, server=S["vm"])
    return S["vm"]


step("server.interface.detach", detach, 6)
step("server.start", act(comp.start_server, "ACTIVE"), 4)
step("server.pause", act(comp.pause_server, "PAUSED"))
step("server.unpause", act(comp.unpause_server, "ACTIVE"))
step("server.suspend", act(comp.suspend_server, "SUSPENDED"))
step("server.resume", act(comp.resume_server, "ACTIVE"))
step("server.reboot.hard", act(lambda s: comp.reboot_server(s, "HARD"), "ACTIVE"), 4)
# floating ip on the server
S["fip"] = step("floatingip.create", lambda: net.create_ip(floating_network_id=ext.id))
step(
    "floatingip.associate",
    lambda: net.update_ip(S["fip"], port_id=next(net.ports(device_id=S["vm"].id)).id),
    4,
)
step("floatingip.disassociate", lambda: net.update_ip(S["fip"], port_id=None), 3)
step("floatingip.delete", lambda: net.delete_ip(S["fip"]))
# a new disk in place
step("server.rebuild", rest({"rebuild": {"imageRef": img.id}}, "ACTIVE"), 4)


def gone():
    comp.delete_server(S["vm"])
    comp.wait_for_delete(S["vm"], interval=1, wait=120)


step("server.delete", gone, 4)
# routers, networks away
step(
    "router.interface.remove", lambda: net.remove_interface_from_router(S["router"], subnet_id=S["sub"].id), 4
)
step("router.gateway.clear", lambda: net.update_router(S["router"], external_gateway_info={}), 4)
step("router.delete", lambda: net.delete_router(S["router"]))
step("subnet.delete", lambda: net.delete_subnet(S["sub"]), 3)
step("network.delete", lambda: net.delete_network(S["net"]))
# security group, aggregate, agent, service
S["sg"] = step("security_group.create", lambda: net.create_security_group(name="rec-sg"))
step("security_group.delete", lambda: net.delete_security_group(S["sg"]))
S["agg"] = step("aggregate.create", lambda: adm.compute.create_aggregate(name="rec-agg"))
step("aggregate.add_host", lambda: adm.compute.add_host_to_aggregate(S["agg"], first))
step("aggregate.remove_host", lambda: adm.compute.remove_host_from_aggregate(S["agg"], first))
step("aggregate.delete", lambda: adm.compute.delete_aggregate(S["agg"]))
agent = next((a for a in adm.network.agents() if a.host == last), None)
if agent:
    step("agent.disable", lambda: adm.network.update_agent(agent, admin_state_up=False))
    step("agent.enable", lambda: adm.network.update_agent(agent, admin_state_up=True))
svc = next(s for s in adm.compute.services(binary="nova-compute") if s.host == last)
step("compute.service.disable", lambda: adm.compute.disable_service(svc, host=last, binary="nova-compute"))
step("compute.service.enable", lambda: adm.compute.enable_service(svc, host=last, binary="nova-compute"))
sys.exit(f"failed: {failed}" if failed else 0)
