"""The workload of the lab. Runs inside the controller, repeatable: makes what is missing.

workload.json beside this file says what every variant has, workload.json of the variant what it has besides:
networks of the cloud, and projects, each with its router, networks, servers, floating IPs, port forwardings.
A network is what Neutron is asked for and its subnets; a server is on networks (with a subnet, or any), on
the first or the last compute, and may have subports: VLAN -> network. An aggregate with an availability zone
holds the last compute.
"""

import json
import os
import sys
import time
from pathlib import Path

import guest
from osc import connect

FIRST, *_others, LAST = os.environ["COMPUTES"].split()
ZONES = {"first": f"nova:{FIRST}", "last": f"az-edge:{LAST}"}
LAB = Path(__file__).parents[1]
IPV4 = {"ip_version": 4, "dns_nameservers": ["203.0.113.1"]}
IPV6 = {"ip_version": 6, "ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac"}


def wanted():
    """What there should be, in this variant."""
    everywhere = json.loads((LAB / "lib/workload.json").read_text())
    besides = LAB / "variants" / os.environ["VARIANT"] / "workload.json"
    here = json.loads(besides.read_text()) if besides.exists() else {}
    return {key: value | here.get(key, {}) for key, value in everywhere.items()}


def aggregate(cloud):
    edge = cloud.compute.find_aggregate("agg-edge") or cloud.compute.create_aggregate(
        name="agg-edge", availability_zone="az-edge"
    )
    if LAST not in (edge.hosts or []):
        cloud.compute.add_host_to_aggregate(edge, LAST)


def network(net, have, name, spec):
    """Makes a network with its subnets, and returns those subnets that are new."""
    options = {key: value for key, value in spec.items() if key != "subnets"}
    made = have.get(name) or net.create_network(name=name, **options)
    there = {s.cidr for s in net.subnets(network_id=made.id)}
    return [
        net.create_subnet(
            **{
                "name": f"{name}-subnet{k}",
                "network_id": made.id,
                **(IPV6 if ":" in row["cidr"] else IPV4),
                **row,
            }
        )
        for k, row in enumerate(spec["subnets"], 1)
        if row["cidr"] not in there
    ]


def project(cloud, name):
    """A project with a user of its name, and admin in it: admin may choose the host of a server."""
    identity = cloud.identity
    roles = {r.name: r for r in identity.roles()}
    made = identity.find_project(name) or identity.create_project(name=name, domain_id="default")
    user = identity.find_user(name) or identity.create_user(
        name=name, password=os.environ["PW"], domain_id="default", default_project_id=made.id
    )
    identity.assign_project_role_to_user(made, user, roles["member"])
    identity.assign_project_role_to_user(made, identity.find_user("admin"), roles["admin"])
    return made


def security_group(net, mine, name):
    group = mine(net.security_groups).get(name)
    if not group:
        group = net.create_security_group(name=name, description="icmp and ssh")
        rule = {"security_group_id": group.id, "direction": "ingress"}
        net.create_security_group_rule(**rule, protocol="icmp")
        net.create_security_group_rule(**rule, protocol="tcp", port_range_min=22, port_range_max=22)
    return group


def networks(net, mine, specs, router):
    have = mine(net.networks)
    for name, spec in specs.items():
        for subnet in network(net, have, name, spec):
            net.add_interface_to_router(router, subnet_id=subnet.id)


def port(net, name, on, group, subnet=None):
    fixed = {"fixed_ips": [{"subnet_id": net.find_subnet(subnet, network_id=on.id).id}]} if subnet else {}
    return net.create_port(name=name, network_id=on.id, security_group_ids=[group.id], **fixed)


def servers(cloud, specs, group):
    net, have = cloud.network, {s.name for s in cloud.compute.servers()}
    image, flavor = guest.image(cloud), guest.flavor(cloud, "m1.nano", 64)
    nets = {n.name: n for n in net.networks()}
    for name, spec in specs.items():
        if name in have:
            continue
        # the ports are made first, so that their names say whose they are
        ports = [port(net, f"{name}-{on}", nets[on], group, subnet) for on, subnet in spec["on"].items()]
        if subports := spec.get("subports"):
            net.create_trunk(
                name=name,
                port_id=ports[0].id,
                sub_ports=[
                    {
                        "port_id": port(net, f"{name}-{on}", nets[on], group).id,
                        "segmentation_type": "vlan",
                        "segmentation_id": int(vlan),
                    }
                    for vlan, on in subports.items()
                ],
            )
        cloud.compute.create_server(
            name=name,
            flavor_id=flavor.id,
            image_id=image.id,
            availability_zone=ZONES[spec["place"]],
            networks=[{"port": p.id} for p in ports],
        )


def fill(admin, public, name, spec):
    owner = project(admin, name)
    cloud = connect(name)
    net = cloud.network

    def mine(listing):
        return {x.name: x for x in listing(project_id=owner.id)}

    group = security_group(net, mine, f"{name}-sg")
    router = mine(net.routers).get(f"{name}-router") or net.create_router(
        name=f"{name}-router", external_gateway_info={"network_id": public.id}, **spec.get("router", {})
    )
    networks(net, mine, spec["networks"], router)
    servers(cloud, spec["servers"], group)
    if not list(net.ips(project_id=owner.id)):
        addresses(net, public, spec, {p.name: p for p in net.ports(project_id=owner.id)})
    return owner


def addresses(net, public, spec, ports):
    """The floating IPs of servers, and those that forward ports to a server; each to its first port."""

    def first(server):
        return ports[f"{server}-{next(iter(spec['servers'][server]['on']))}"]

    for server in spec.get("floating", ()):
        net.create_ip(floating_network_id=public.id, port_id=first(server).id)
    for server, rules in spec.get("forwardings", {}).items():
        address, to = net.create_ip(floating_network_id=public.id), first(server)
        for rule in rules:
            net.create_port_forwarding(
                floatingip_id=address.id,
                internal_port_id=to.id,
                internal_ip_address=to.fixed_ips[0]["ip_address"],
                **rule,
            )


def elected(net, seconds=90):
    """Whether every HA router has an active agent, and one alone, within a time."""
    for _attempt in range(seconds // 3):
        agents = [net.get(f"/routers/{r.id}/l3-agents").json()["agents"] for r in net.routers() if r.is_ha]
        states = [[a["ha_state"] for a in each].count("active") for each in agents]
        if all(n == 1 for n in states):
            return True
        time.sleep(3)
    return False


def main():
    admin, spec = connect(), wanted()
    guest.image(admin)
    guest.flavor(admin, "m1.micro", 96)
    aggregate(admin)
    have = {n.name: n for n in admin.network.networks()}
    for name, each in spec["networks"].items():
        network(admin.network, have, name, each)
    public = admin.network.find_network("public")
    owners = [fill(admin, public, name, each) for name, each in spec["projects"].items()]
    found = [s for owner in owners for s in guest.settled(admin, owner.id)]
    for s in found:
        print(s.name, s.status, s.hypervisor_hostname, getattr(s, "fault", None) or "")
    if not elected(admin.network):
        sys.exit("an HA router has no active agent, or several")
    sys.exit(any(s.status != "ACTIVE" for s in found))


main()
