# shellcheck shell=bash
# Inside the controller: returns when all computes are in the cell and every agent reports alive.
. /opt/lab/env.sh
if [ "$SWITCH" = ovn ]; then
  # OVN 23.03 writes these to Chassis.other_config only; neutron 21 reads Chassis.external_ids
  for h in $NETWORKERS; do
    for _ in $(seq 60); do ovn-sbctl --bare --columns=name list chassis | grep -qx "$h" && break; sleep 1; done
    ovn-sbctl set chassis "$h" external_ids:ovn-bridge-mappings="$(mappings network)" \
      external_ids:ovn-cms-options=enable-chassis-as-gw
  done
fi
nova-manage cell_v2 discover_hosts >/dev/null 2>&1
exec /usr/bin/python3 /opt/lab/lib/ready.py "$(agent_count)"
