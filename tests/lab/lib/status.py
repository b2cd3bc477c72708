"""Agents, computes and servers as the APIs see them."""

from osc import connect

cloud = connect()
for a in sorted(cloud.network.agents(), key=lambda a: (a.host, a.binary)):
    print("agent", a.host, a.binary, "alive" if a.is_alive else "DEAD")
for s in cloud.compute.services():
    print("service", s.host, s.binary, s.state, s.status)
for s in sorted(cloud.compute.servers(all_projects=True), key=lambda s: s.name):
    addresses = [f"{net}={a['addr']}" for net, each in (s.addresses or {}).items() for a in each]
    print("server", s.name, s.status, s.hypervisor_hostname, ", ".join(addresses))
