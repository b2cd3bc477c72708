"""The routers of truth.json: of each, where it is, and which port has which addresses in which namespace.

A legacy router is one namespace on the host of its agent. An HA router is one on each of its agents' hosts;
the addresses are on the active one alone. A distributed router is one on every host that has a port that it
serves, and a second, snat-, on its agent's host; fip- holds the floating IPs of all routers of a host. An OVN
router is none.
"""

import ipaddress

INTERFACE, GATEWAY, SNAT, HA = "interface", "gateway", "snat", "ha"
PORTS = {  # by the owner of a port: what it is, and how its device's name begins
    "network:router_interface": (INTERFACE, "qr-"),
    "network:router_interface_distributed": (INTERFACE, "qr-"),
    "network:ha_router_replicated_interface": (INTERFACE, "qr-"),
    "network:router_gateway": (GATEWAY, "qg-"),
    "network:router_centralized_snat": (SNAT, "sg-"),
    "network:router_ha_interface": (HA, "ha-"),
}
AGENT_GATEWAY = "network:floatingip_agent_gateway"
SERVED = ("compute:", "network:dhcp")  # owners of ports that a distributed router comes to the host of
DISTRIBUTED_MODES = ("dvr", "dvr_snat")
VIRTUAL = "169.254.0."  # the address of the active one of an HA router, ended by its virtual router id
VETH_NAME = 14  # letters of the name of a device between two namespaces


class Routers:
    """The routers of a recording; `truth` is the Truth that is being made."""

    def __init__(self, truth):
        self.truth = truth
        extra = truth.database("neutron.router_extra_attributes")
        self.virtual_id = {row["router_id"]: row["ha_vr_id"] for row in extra}
        self.distributing = {
            a["host"] for a in truth.agents if a["configurations"].get("agent_mode") in DISTRIBUTED_MODES
        }

    def rows(self):
        return {r["id"]: self.router(r) for r in self.truth.api("neutron-routers", "routers")}

    def router(self, r):
        truth = self.truth
        ports = [p for p in truth.ports if p["device_id"] == r["id"] and p["device_owner"] in PORTS]
        agents = self.agents(r, ports)
        gateway = r["external_gateway_info"]
        distributed = bool(r.get("distributed")) and not truth.ovn
        on = sorted({*agents, *(self.served(ports) if distributed else ())})
        row = {
            "name": r["name"],
            "project": truth.projects.get(r["project_id"]),
            "project_id": r["project_id"],
            "hosts": on,
            "namespace": None if truth.ovn or not (on and r["admin_state_up"]) else f"qrouter-{r['id']}",
            "external_network": truth.networks[gateway["network_id"]]["name"] if gateway else None,
            "external_network_id": gateway["network_id"] if gateway else None,
        }
        if r.get("ha"):
            row["ha_state"] = agents
        if distributed:
            row["distributed"] = True
            row["snat"] = {host: f"snat-{r['id']}" for host in agents if gateway}
        row["interfaces"] = [self.interface(p, row, agents) for p in ports]
        return row

    def agents(self, r, ports):
        """The hosts of a router's agents, and what each of an HA router is; for OVN the gateway chassis."""
        if self.truth.ovn:
            return {
                p["binding:host_id"]: None
                for p in ports
                if PORTS[p["device_owner"]][0] == GATEWAY and p["binding:host_id"]
            }
        agents = self.truth.api(f"neutron-l3-agents-{r['id']}", "agents")
        return {a["host"]: a.get("ha_state") for a in sorted(agents, key=lambda a: a["host"])}

    def served(self, ports):
        """The hosts that a distributed router comes to: those of the ports on its subnets."""
        subnets = {
            f["subnet_id"] for p in ports for f in p["fixed_ips"] if PORTS[p["device_owner"]][0] == INTERFACE
        }
        return {
            p["binding:host_id"]
            for p in self.truth.ports
            if p["device_owner"].startswith(SERVED)
            and subnets & {f["subnet_id"] for f in p["fixed_ips"]}
            and p["binding:host_id"] in self.distributing
        }

    def interface(self, p, router, agents):
        kind, prefix = PORTS[p["device_owner"]]
        row = self.truth.port(p) | {"kind": kind, "device": None}
        if kind == GATEWAY:
            mine = [f for f in self.truth.floating if f["router_id"] == p["device_id"]]
            row["floating_ips"] = sorted(f["floating_ip_address"] for f in mine)
        if router["namespace"]:
            row["device"] = prefix + p["id"][:11]
            row["places"] = {
                host: {
                    "namespace": namespace,
                    "addresses": addresses,
                    **self.truth.plugged(p, host, row["device"]),
                }
                for host, namespace, addresses in self.places(p, row, router, agents)
            }
            row |= {
                k: v
                for place in list(row["places"].values())[:1]
                for k, v in place.items()
                if k not in ("namespace", "addresses")
            }
        return row

    def places(self, p, row, router, agents):
        """Where a port of a router has its device: host, namespace, addresses."""
        kind, addresses = row["kind"], row["fixed_ips"] + row.get("floating_ips", [])
        if kind == HA:
            active = agents[p["binding:host_id"]] == "active"
            virtual = [f"{VIRTUAL}{self.virtual_id[p['device_id']]}"] if active else []
            yield p["binding:host_id"], router["namespace"], addresses + virtual
        elif "snat" in router and kind in (GATEWAY, SNAT):
            for host, namespace in router["snat"].items():
                yield host, namespace, row["fixed_ips"] + self.central(p) * (kind == GATEWAY)
        else:
            for host in router["hosts"]:
                yield host, router["namespace"], addresses if agents.get(host) != "standby" else []

    def central(self, gateway):
        """The floating IPs of a distributed router that are not at the hosts of their instances."""
        at = {p["id"]: p["binding:host_id"] for p in self.truth.ports}
        return [
            f["floating_ip_address"]
            for f in self.truth.floating
            if f["router_id"] == gateway["device_id"] and at.get(f["port_id"]) not in self.distributing
        ]

    def floating_gateways(self):
        """The ports in fip- namespaces: one a host and external network.

        Two routers that come to a host at once may have one made each: that which no agent took is down.
        """
        rows = []
        for p in self.truth.ports:
            if p["device_owner"] == AGENT_GATEWAY and p["status"] == "ACTIVE":
                host, device = p["binding:host_id"], f"fg-{p['id'][:11]}"
                place = {"host": host, "namespace": f"fip-{p['network_id']}", "device": device}
                rows.append(self.truth.port(p) | place | self.truth.plugged(p, host, device))
        return rows

    def veths(self, host, routers):
        """The devices without a port that join a host's namespaces, with their addresses, by namespace.

        The two addresses are the agent's choice; it keeps them in a file, a router a line.
        """
        found = {}
        for key, router in routers.items():
            if router.get("distributed") and host in router["hosts"] and router["external_network_id"]:
                near, far = self.pair(host, key)
                found.setdefault(router["namespace"], {})[f"rfp-{key}"[:VETH_NAME]] = [near]
                fip = f"fip-{router['external_network_id']}"
                found.setdefault(fip, {})[f"fpr-{key}"[:VETH_NAME]] = [far]
        return found

    def pair(self, host, router):
        """The two addresses of the link between a router's namespace and that of the floating IPs."""
        kept = dict(line.split(",") for line in self.truth.text(host, "fip-linklocal.txt").split())
        return [str(address) for address in ipaddress.ip_interface(kept[router]).network]
