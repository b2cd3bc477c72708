"""Waits until every compute and all the agents of the variant are up.

usage: ready.py NUMBER_OF_AGENTS
"""

import os
import subprocess
import sys
import time

from osc import connect

wanted, computes = int(sys.argv[1]), set(os.environ["COMPUTES"].split())
cloud = connect()
for _attempt in range(60):
    agents = {(a.binary, a.host) for a in cloud.network.agents() if a.is_alive}
    up = {s.host for s in cloud.compute.services(binary="nova-compute") if s.state == "up"}
    hypervisors = {h.name for h in cloud.compute.hypervisors()}
    if len(agents) >= wanted and computes == up == hypervisors:
        print(f"{len(agents)} agents alive, {len(hypervisors)} hypervisors")
        sys.exit(0)
    subprocess.run(["nova-manage", "cell_v2", "discover_hosts"], capture_output=True, check=False)
    time.sleep(3)
sys.exit(f"not ready: agents {sorted(agents)}, computes {sorted(up)}, hypervisors {sorted(hypervisors)}")
