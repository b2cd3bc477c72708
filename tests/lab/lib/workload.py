"""The workload of the lab. Runs inside the controller, repeatable: makes what is missing.

2 projects, 3 tenant networks (one with two subnets), a router per project, a provider network, a floating IP,
security groups, 6 instances on 2 computes, an aggregate with an availability zone.
"""

import os
import sys

import guest
from osc import connect

FIRST, *_others, LAST = os.environ["COMPUTES"].split()
PROJECTS = {
    "blue": {
        "networks": {"blue-web": ["10.1.1.0/24", "10.1.2.0/24"], "blue-db": ["10.1.8.0/24"]},
        "servers": {
            "blue-web-1": (["blue-web"], f"nova:{FIRST}"),
            "blue-web-2": (["blue-web"], f"az-edge:{LAST}"),
            "blue-db-1": (["blue-db"], f"nova:{FIRST}"),
            "blue-both": (["blue-web", "blue-db"], f"az-edge:{LAST}"),
        },
        "floating": "blue-web-1",
    },
    "green": {
        "networks": {"green-lan": ["192.168.7.0/24"]},
        "servers": {
            "green-1": (["green-lan"], f"nova:{FIRST}"),
            "green-2": (["green-lan"], f"az-edge:{LAST}"),
        },
        "floating": None,
    },
}
# neutron would pick any subnet of the network
SUBNET = {("blue-web-1", "blue-web"): "blue-web-subnet1", ("blue-web-2", "blue-web"): "blue-web-subnet2"}


def aggregate(cloud):
    edge = cloud.compute.find_aggregate("agg-edge") or cloud.compute.create_aggregate(
        name="agg-edge", availability_zone="az-edge"
    )
    if LAST not in (edge.hosts or []):
        cloud.compute.add_host_to_aggregate(edge, LAST)


def provider_network(cloud):
    public = cloud.network.find_network("public") or cloud.network.create_network(
        name="public",
        is_router_external=True,
        provider_network_type="flat",
        provider_physical_network="physnet1",
        is_shared=True,
    )
    if not cloud.network.find_subnet("public-subnet"):
        cloud.network.create_subnet(
            name="public-subnet",
            network_id=public.id,
            ip_version=4,
            cidr="203.0.113.0/24",
            gateway_ip="203.0.113.1",
            is_dhcp_enabled=False,
            allocation_pools=[{"start": "203.0.113.100", "end": "203.0.113.199"}],
        )
    return public


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


def networks(net, mine, wanted, router):
    for name, cidrs in wanted.items():
        network = mine(net.networks).get(name) or net.create_network(name=name)
        for k, cidr in enumerate(cidrs, 1):
            if f"{name}-subnet{k}" not in mine(net.subnets):
                subnet = net.create_subnet(
                    name=f"{name}-subnet{k}",
                    network_id=network.id,
                    ip_version=4,
                    cidr=cidr,
                    dns_nameservers=["203.0.113.1"],
                )
                net.add_interface_to_router(router, subnet_id=subnet.id)


def servers(cloud, mine, wanted, group):
    net, have = cloud.network, {s.name for s in cloud.compute.servers()}
    image, flavor = guest.image(cloud), guest.flavor(cloud, "m1.nano", 64)
    nets, subnets = mine(net.networks), mine(net.subnets)
    for name, (on, zone) in wanted.items():
        if name in have:
            continue
        ports = []
        for network in on:  # the ports are made first, so that their names say whose they are
            subnet = SUBNET.get((name, network))
            fixed = {"fixed_ips": [{"subnet_id": subnets[subnet].id}]} if subnet else {}
            ports.append(
                net.create_port(
                    name=f"{name}-{network}",
                    network_id=nets[network].id,
                    security_group_ids=[group.id],
                    **fixed,
                )
            )
        cloud.compute.create_server(
            name=name,
            flavor_id=flavor.id,
            image_id=image.id,
            availability_zone=zone,
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
        name=f"{name}-router", external_gateway_info={"network_id": public.id}
    )
    networks(net, mine, spec["networks"], router)
    servers(cloud, mine, spec["servers"], group)
    if spec["floating"] and not list(net.ips(project_id=owner.id)):
        port = next(p for p in net.ports() if p.name.startswith(f"{spec['floating']}-"))
        net.create_ip(floating_network_id=public.id, port_id=port.id)
    return owner


def main():
    admin = connect()
    guest.image(admin)
    guest.flavor(admin, "m1.micro", 96)
    aggregate(admin)
    public = provider_network(admin)
    owners = [fill(admin, public, name, spec) for name, spec in PROJECTS.items()]
    found = [s for owner in owners for s in guest.settled(admin, owner.id)]
    for s in found:
        print(s.name, s.status, s.hypervisor_hostname, getattr(s, "fault", None) or "")
    sys.exit(any(s.status != "ACTIVE" for s in found))


main()
