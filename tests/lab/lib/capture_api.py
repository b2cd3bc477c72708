"""Inside the controller: the OpenStack APIs as raw JSON bodies, and the databases as JSON rows.

Every file is named by an id, never by an object's name. A call that fails ends the capture.
usage: capture_api.py OUTDIR
"""

import datetime as dt
import decimal
import json
import os
import sys
import time
from pathlib import Path

import pymysql
from osc import connect

COMPUTE = {"OpenStack-API-Version": "compute 2.79", "X-OpenStack-Nova-API-Version": "2.79"}
COMPUTE_OLDEST = {"OpenStack-API-Version": "compute 2.1", "X-OpenStack-Nova-API-Version": "2.1"}
PLACEMENT = {"OpenStack-API-Version": "placement 1.20"}
# neutron's lists, and the extension without which a cloud has them not
NEUTRON = {
    "networks": None,
    "subnets": None,
    "ports": None,
    "routers": "router",
    "floatingips": "router",
    "trunks": "trunk",
    "agents": "agent",
    "security-groups": "security-group",
    "security-group-rules": "security-group",
    "network-ip-availabilities": "network-ip-availability",
    "availability_zones": "availability_zone",
}


class Capture:
    def __init__(self, out):
        self.out = Path(out)
        self.calls = {}

    def save(self, name, data):
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, indent=1, sort_keys=True, default=str) + "\n")

    def get(self, name, proxy, path, **headers):
        answer = proxy.get(path, headers=headers)
        answer.raise_for_status()
        self.calls[name] = {"method": "GET", "path": path, "service": proxy.service_type, "headers": headers}
        self.save(f"api/{name}.json", answer.json())
        return answer.json()

    def keystone(self, identity):
        for kind in ("regions", "projects", "services", "endpoints", "domains"):
            self.get(f"keystone-{kind}", identity, f"/{kind}")

    def nova(self, compute):
        servers = self.get("nova-servers-detail", compute, "/servers/detail?all_tenants=1", **COMPUTE)[
            "servers"
        ]
        self.get("nova-servers-detail-2.1", compute, "/servers/detail?all_tenants=1", **COMPUTE_OLDEST)
        self.get("nova-hypervisors-detail", compute, "/os-hypervisors/detail?with_servers=true", **COMPUTE)
        self.get("nova-hypervisors-detail-2.1", compute, "/os-hypervisors/detail", **COMPUTE_OLDEST)
        self.get("nova-services", compute, "/os-services", **COMPUTE)
        self.get("nova-aggregates", compute, "/os-aggregates", **COMPUTE)
        self.get("nova-availability-zones-detail", compute, "/os-availability-zone/detail", **COMPUTE)
        self.get("nova-flavors-detail", compute, "/flavors/detail", **COMPUTE)
        for s in servers:
            self.get(f"nova-os-interface-{s['id']}", compute, f"/servers/{s['id']}/os-interface", **COMPUTE)

    def neutron(self, network):
        extensions = self.get("neutron-extensions", network, "/extensions")["extensions"]
        has = {None, *(e["alias"] for e in extensions)}
        list(
            network.agents()
        )  # OVN: the first question after a quiet time reads alive=false, and wakes the agents
        time.sleep(5)
        bodies = {
            kind: self.get(f"neutron-{kind}", network, f"/{kind}")
            for kind, extension in NEUTRON.items()
            if extension in has
        }
        if "l3_agent_scheduler" in has:
            for r in bodies["routers"]["routers"]:
                self.get(f"neutron-l3-agents-{r['id']}", network, f"/routers/{r['id']}/l3-agents")
        if "dhcp_agent_scheduler" in has:
            for n in bodies["networks"]["networks"]:
                self.get(f"neutron-dhcp-agents-{n['id']}", network, f"/networks/{n['id']}/dhcp-agents")

    def database(self, name):
        """Every table that has rows, but for the pools of numbers that nobody has taken."""
        connection = pymysql.connect(
            host=os.environ["CONTROLLER"],
            user="scanner",
            password=os.environ["PW"],
            database=name,
            cursorclass=pymysql.cursors.DictCursor,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name t, column_name c, column_type ty FROM information_schema.columns "
                "WHERE table_schema=%s ORDER BY table_name, ordinal_position",
                (name,),
            )
            schema = {}
            for row in cursor.fetchall():
                schema.setdefault(row["t"], {})[row["c"]] = row["ty"]
            self.save(f"db/{name}.schema.json", schema)
            for table, columns in schema.items():
                taken = " WHERE allocated" if "allocated" in columns else ""
                cursor.execute(f"SELECT * FROM `{table}`{taken}")  # noqa: S608 - a name of its own schema
                rows = [{k: plain(v) for k, v in row.items()} for row in cursor.fetchall()]
                if rows:
                    self.save(f"db/{name}.{table}.json", rows)


def plain(value):
    if isinstance(value, (dt.date, decimal.Decimal)):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


def main():
    capture, cloud = Capture(sys.argv[1]), connect()
    capture.keystone(cloud.identity)
    capture.nova(cloud.compute)
    capture.neutron(cloud.network)
    capture.get("glance-images", cloud.image, "/images")
    capture.get("placement-resource-providers", cloud.placement, "/resource_providers", **PLACEMENT)
    for name in ("nova", "nova_api", "neutron"):
        capture.database(name)
    capture.save("api/_calls.json", capture.calls)


main()
