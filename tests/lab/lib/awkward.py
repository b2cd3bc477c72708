"""A second workload: a project of awkward names and options, to judge a scan by. Runs inside the controller.

Names with spaces, slashes and non-ASCII letters, of 200 characters, and names that several objects share; a
network without a subnet, one without DHCP, one with IPv6, one on a VLAN, DHCP on the flat provider network,
a CIDR that another project has too; routers without a gateway and without anything; a port that is not bound,
one that is switched off, one without port security; an instance with two NICs on one network, a stopped one.
usage: awkward.py [remove]
"""

import os
import sys

import guest
from osc import connect

PROJECT = "awkward / ünïcode 日本"
LONG = "long " + "x" * 195
FIRST, *_others, LAST = os.environ["COMPUTES"].split()
ON_FIRST, ON_LAST = f"nova:{FIRST}", f"az-edge:{LAST}"


def network(net, name, *cidrs, dhcp=True, **options):
    made = net.create_network(name=name, **options)
    for cidr in cidrs:
        kind = {"ip_version": 4}
        if ":" in cidr:
            kind = {"ip_version": 6, "ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac"}
        net.create_subnet(
            name=f"{name} {cidr}"[:255], network_id=made.id, cidr=cidr, is_dhcp_enabled=dhcp, **kind
        )
    return made


def router(net, name, *networks, **options):
    made = net.create_router(name=name, **options)
    for on in networks:
        for subnet in net.subnets(network_id=on.id):
            net.add_interface_to_router(made, subnet_id=subnet.id)
    return made


def server(cloud, name, zone, *ports):
    return cloud.compute.create_server(
        name=name,
        flavor_id=guest.flavor(cloud, "m1.nano", 64).id,
        image_id=guest.image(cloud).id,
        availability_zone=zone,
        networks=[{"port": p.id} for p in ports],
    )


def make(admin):
    identity = admin.identity
    if identity.find_project(PROJECT):
        sys.exit("it is there already: remove it first")
    owner = identity.create_project(name=PROJECT, domain_id="default")
    role = next(r for r in identity.roles() if r.name == "admin")
    identity.assign_project_role_to_user(owner, identity.find_user("admin"), role)
    cloud = connect(PROJECT)
    net, public = cloud.network, admin.network.find_network("public")
    group = next(net.security_groups(project_id=owner.id))
    net.create_security_group_rule(security_group_id=group.id, direction="ingress", protocol="icmp")

    same = network(net, "same name", "10.1.1.0/24")
    other = network(net, "same name", "10.66.1.0/24")
    mixed = network(net, "dual/stack ünï", "10.66.2.0/24", "fd00:66:2::/64")
    silent = network(net, LONG, "10.66.3.0/24", dhcp=False)
    network(net, "no/subnet")
    if os.environ["SWITCH"] == "ovs":
        on_vlan = {"provider_network_type": "vlan", "provider_physical_network": "physnet1"}
        network(net, "on a VLAN", "10.66.4.0/24", **on_vlan)
    router(net, "same router", same, mixed, external_gateway_info={"network_id": public.id})
    router(net, "same router", other)
    router(net, "bare/router")

    def port(on, **options):
        return net.create_port(network_id=on.id, **options)

    port(same, name=LONG)
    twin, second = port(same), port(same, is_port_security_enabled=False, security_group_ids=[])
    off = port(other, name="switched off", is_admin_state_up=False)
    server(cloud, "twin", ON_FIRST, twin)
    server(cloud, "twin", ON_LAST, port(same))
    server(cloud, "two NICs/one net", ON_LAST, port(same), second)
    server(cloud, LONG, ON_FIRST, port(mixed), port(silent), off)
    # OVN comes with DNS, whose names Nova makes of servers'
    stopped = server(
        cloud,
        "stopped one" if os.environ["VARIANT"] == "ovn-geneve" else "stopped ünï",
        ON_FIRST,
        port(mixed),
    )
    for on in (twin, second):
        net.create_ip(floating_network_id=public.id, port_id=on.id)
    net.create_ip(floating_network_id=public.id)
    admin.network.create_subnet(
        name="DHCP on flat", network_id=public.id, project_id=owner.id, ip_version=4, cidr="198.51.100.0/24"
    )
    found = guest.settled(admin, owner.id)
    if any(s.status != "ACTIVE" for s in found):
        sys.exit("\n".join(f"{s.name}: {s.status} {s.fault or ''}" for s in found))
    cloud.compute.stop_server(stopped)
    cloud.compute.wait_for_server(stopped, status="SHUTOFF", wait=120)


def remove_router(net, which):
    for p in net.ports(device_id=which.id, device_owner="network:router_interface"):
        net.remove_interface_from_router(which, port_id=p.id)
    net.delete_router(which)


def remove(admin):
    owner = admin.identity.find_project(PROJECT)
    if not owner:
        return
    compute, net, mine = admin.compute, admin.network, {"project_id": owner.id}
    for s in list(compute.servers(all_projects=True, **mine)):
        compute.delete_server(s)
        compute.wait_for_delete(s, interval=1, wait=120)
    for f in net.ips(**mine):
        net.delete_ip(f)
    for r in net.routers(**mine):
        remove_router(net, r)
    for p in net.ports(**mine):
        if not p.device_owner:  # the others go with their networks
            net.delete_port(p)
    for s in net.subnets(**mine):
        net.delete_subnet(s)
    for n in net.networks(**mine):
        net.delete_network(n)
    for g in net.security_groups(**mine):
        net.delete_security_group(g)
    admin.identity.delete_project(owner)


def main():
    action = {(): make, ("remove",): remove}.get(tuple(sys.argv[1:]))
    action(connect()) if action else sys.exit(__doc__)


main()
