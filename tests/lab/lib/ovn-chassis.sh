# shellcheck shell=bash
# Inside network nodes and computes, with OVN: the chassis settings and ovn-controller.
set -e
. /opt/lab/env.sh; . /opt/lab/lib/svc.sh
h=$(hostname)
install -d /run/ovn /var/log/ovn
ovs-vsctl set Open_vSwitch . external-ids:ovn-remote="tcp:$(mgmt_ip "$CONTROLLER"):6642" \
  external-ids:ovn-encap-type=geneve external-ids:ovn-encap-ip="$(tun_ip "$h")" \
  external-ids:ovn-bridge=br-int external-ids:ovn-bridge-datapath-type=netdev
if [ "${ROLE[$h]}" = network ]; then
  ovs-vsctl set Open_vSwitch . external-ids:ovn-bridge-mappings="$(mappings network)" \
    external-ids:ovn-cms-options=enable-chassis-as-gw
fi
ovs-vsctl --may-exist add-br br-int -- set bridge br-int datapath_type=netdev fail-mode=secure
svc ovn-controller root ovn-controller unix:/run/openvswitch/db.sock
