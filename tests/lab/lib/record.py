"""What every host says: one file a command, its exact stdout, under DIR/hosts; index.json there lists them.

usage: record.py DIR   (DIR/site.json tells the lab's construction; called by `record`)
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

ENV = (
    *("env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    *("HOME=/root", "LANG=C.UTF-8", "TERM=dumb"),
)
BASE = {
    "hostname.txt": "hostname",
    "uname.txt": "uname -a",
    "os-release.txt": "cat /etc/os-release",
    "ip-j-d-addr.json": "ip -j -d addr",
    "ip-j-d-link.json": "ip -j -d link",
    "ip-d-addr.txt": "ip -d addr",
    "ip-d-link.txt": "ip -d link",
    "ip-link.txt": "ip link show",
    "ip-addr.txt": "ip address show",
    "ifconfig-a.txt": "ifconfig -a",
    "ip-route.txt": "ip route",
    "ip-j-route.json": "ip -j route",
    "ip-j-neigh.json": "ip -j neigh",
    "ip-netns-list.txt": "ip netns list",
    "bridge-j-link.json": "bridge -j link",
    "bridge-link.txt": "bridge link",
    "bridge-fdb.txt": "bridge fdb",
    "bridge-j-fdb.json": "bridge -j fdb",
    "brctl-show.txt": "brctl show",
    "lldpctl.json": "lldpctl -f json",
    "lldpctl.txt": "lldpctl",
    "lldpcli-keyvalue.txt": "lldpctl -f keyvalue",
    "ps-net.txt": "ps -eo pid,user,args | grep -E 'dnsmasq|keepalived|haproxy' | grep -v grep",
    "ps-ef.txt": "ps -ef",
    "sys-class-net.txt": "ls -l /sys/class/net",
}
# what L3 agents keep: whether an HA router is the primary here; the addresses between DVR's namespaces
L3 = {
    "ha-states.txt": "grep -s . /dev/null /var/lib/neutron/ha_confs/*/state || true",
    "fip-linklocal.txt": "cat /var/lib/neutron/fip-linklocal-networks 2>/dev/null || true",
}
NAMESPACE = {
    "ip-j-d-addr.json": "ip -j -d addr",
    "ip-d-addr.txt": "ip -d addr",
    "ifconfig-a.txt": "ifconfig -a",
    "ip-route.txt": "ip route",
    "ip-j-route.json": "ip -j route",
    "ip-j-neigh.json": "ip -j neigh",
    "iptables-save-nat.txt": "iptables-save -t nat",
}
OVS = {
    **{
        f"ovs-{t.lower()}.json": f"ovs-vsctl --format=json list {t}"
        for t in ("Bridge", "Port", "Interface", "Open_vSwitch", "Controller", "Manager")
    },
    "ovs-show.txt": "ovs-vsctl show",
    "ovs-list-br.txt": "ovs-vsctl list-br",
    "ovs-dpif-show.txt": "ovs-appctl dpif/show",
    "ovs-tnl-ports.txt": "ovs-appctl tnl/ports/show -v",
    "ovs-route.txt": "ovs-appctl ovs/route/show",
    "ovs-dpctl-show.txt": "ovs-appctl dpctl/show",
}
COMPUTE = {
    "virsh-list-all.txt": "virsh list --all",
    "virsh-version.txt": "virsh version",
    "virsh-nodeinfo.txt": "virsh nodeinfo",
    "virsh-capabilities.xml": "virsh capabilities",
    "iptables-save-filter.txt": "iptables-save -t filter",
    "ipset-list.txt": "ipset list",
}
CONTROLLER = {
    "rabbitmqctl-exchanges.txt": "rabbitmqctl -q list_exchanges",
    "rabbitmqctl-queues.txt": "rabbitmqctl -q list_queues name messages",
}
OVN_TABLES = {
    "nb": (
        "Logical_Switch",
        "Logical_Switch_Port",
        "Logical_Router",
        "Logical_Router_Port",
        "NAT",
        "DHCP_Options",
    ),
    "sb": ("Chassis", "Encap", "Port_Binding", "Datapath_Binding"),
}
OVN = {
    "ovn-nbctl-show.txt": "ovn-nbctl show",
    "ovn-sbctl-show.txt": "ovn-sbctl show",
    **{
        f"ovn-{db}-{t.lower()}.json": f"ovn-{db}ctl --format=json list {t}"
        for db, tables in OVN_TABLES.items()
        for t in tables
    },
}


class Host:
    def __init__(self, name, pid, out):
        self.name, self.pid, self.out, self.index = name, pid, out, []

    def run(self, command):
        enter = ("nsenter", "-t", str(self.pid), "-m", "-u", "-i", "-n", "-p", "--")
        return subprocess.run(
            [*enter, *ENV, "bash", "-c", command],
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )

    def keep(self, commands):
        for file, command in commands.items():
            r = self.run(command)
            path = self.out / "hosts" / self.name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(r.stdout, encoding="utf-8", errors="surrogateescape")
            row = {
                "host": self.name,
                "file": str(path.relative_to(self.out)),
                "command": command,
                "rc": r.returncode,
            }
            if r.stderr.strip():
                row["stderr"] = r.stderr.strip()[:300]
            self.index.append(row)

    def nics(self):
        self.keep(BASE)
        for nic in (d["ifname"] for d in json.loads(self.run("ip -j link").stdout)):
            if re.match(r"(eth|swp|mgmt)", nic):
                self.keep(
                    {f"ethtool-{nic}.txt": f"ethtool {nic}", f"ethtool-i-{nic}.txt": f"ethtool -i {nic}"}
                )

    def namespaces(self):
        for line in sorted(self.run("ip netns list").stdout.splitlines()):
            ns = line.split()[0]
            self.keep(
                {f"ns/{ns}/{file}": f"ip netns exec {ns} {command}" for file, command in NAMESPACE.items()}
            )

    def ovs(self):
        if self.run("ovs-vsctl --timeout=3 show").returncode:
            return
        self.keep(OVS)
        for br in self.run("ovs-vsctl list-br").stdout.split():
            self.keep(
                {
                    f"ovs-flows-{br}.txt": f"ovs-ofctl dump-flows {br}",
                    f"ovs-ofctl-show-{br}.txt": f"ovs-ofctl show {br}",
                    f"ovs-list-ports-{br}.txt": f"ovs-vsctl list-ports {br}",
                    f"ovs-fdb-{br}.txt": f"ovs-appctl fdb/show {br}",
                }
            )

    def domains(self):
        self.keep(COMPUTE)
        for dom in self.run("virsh list --all --name").stdout.split():
            self.keep(
                {
                    f"virsh-dumpxml-{dom}.xml": f"virsh dumpxml {dom}",
                    f"virsh-domiflist-{dom}.txt": f"virsh domiflist {dom}",
                    f"virsh-dominfo-{dom}.txt": f"virsh dominfo {dom}",
                }
            )


def main():
    out = Path(sys.argv[1])
    site = json.loads((out / "site.json").read_text())
    index = []
    for name, row in site["hosts"].items():
        host = Host(name, row["pid"], out)
        host.nics()
        host.namespaces()
        host.ovs()
        if row["role"] in ("network", "compute"):
            host.keep(L3)
        if row["role"] == "compute":
            host.domains()
        if row["role"] == "controller":
            host.keep(CONTROLLER)
            if site["switch"] == "ovn":
                host.keep(OVN)
        index += host.index
    recorded_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    document = {"variant": site["variant"], "recorded_at": recorded_at, "commands": index}
    (out / "hosts" / "index.json").write_text(json.dumps(document, indent=1) + "\n")
    bad = [r for r in index if r["rc"] and "ps-net" not in r["file"]]
    print(f"{len(index)} host commands, {len(bad)} with a non-zero exit")
    for r in bad[:12]:
        print("  ", r["host"], r["command"], "->", r["rc"], r.get("stderr", "")[:100])


main()
