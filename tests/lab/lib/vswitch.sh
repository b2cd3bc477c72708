# shellcheck shell=bash
# Inside network nodes and computes: Open vSwitch with the userspace datapath, the underlay bridge br-vxlan
# (eth1 + the tunnel address) and a bridge for each physical network of the host, with its NIC or a bond of some.
set -e
. /opt/lab/env.sh; . /opt/lab/lib/svc.sh
h=$(hostname)
[ "$(switch_of "$h")" = lxb ] && { ip addr replace "$(tun_ip "$h")/24" dev eth1; exit 0; }
install -d /run/openvswitch /var/log/openvswitch
if [ ! -s /run/openvswitch/ovsdb-server.pid ]; then
  rm -f /etc/openvswitch/conf.db
  ovsdb-tool create /etc/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema
  ovsdb-server /etc/openvswitch/conf.db --remote=punix:/run/openvswitch/db.sock \
    --remote=db:Open_vSwitch,Open_vSwitch,manager_options --pidfile --detach --log-file 2>/dev/null
  ovs-vsctl --no-wait init
  ovs-vsctl --no-wait set Open_vSwitch . external-ids:system-id="$h" external-ids:hostname="$h" \
    system-type=debian system-version=12 ovs-version="$(ovs-vswitchd --version | sed -n 's/.* //;1p')"
  ovs-vsctl --no-wait set-manager ptcp:6640:127.0.0.1
  ovs-vswitchd --pidfile --detach --log-file 2>/dev/null
fi
# the route to the other tunnel ends must leave through a port of an OVS bridge, or the
# userspace datapath cannot encapsulate
ovs-vsctl --may-exist add-br br-vxlan -- set bridge br-vxlan datapath_type=netdev \
  other-config:hwaddr="$(cat /sys/class/net/eth1/address)" -- --may-exist add-port br-vxlan eth1
ip addr replace "$(tun_ip "$h")/24" dev br-vxlan; ip link set br-vxlan up
# OVS reads its NICs through AF_PACKET while the kernel's own IP stack also sees every frame
# and would answer a second time: keep it quiet there
mute() {
  sysctl -qw "net.ipv4.conf.$1.arp_ignore=8" "net.ipv6.conf.$1.disable_ipv6=1"
  iptables -C INPUT -i "$1" -j DROP 2>/dev/null || iptables -A INPUT -i "$1" -j DROP
  iptables -C FORWARD -i "$1" -j DROP 2>/dev/null || iptables -A FORWARD -i "$1" -j DROP
}
mute eth1
while read -r _ bridge nics; do
  ovs-vsctl --may-exist add-br "$bridge" -- set bridge "$bridge" datapath_type=netdev
  # shellcheck disable=SC2086 # one word a NIC
  case $nics in
    *,*) ovs-vsctl --may-exist add-bond "$bridge" "bond-$bridge" ${nics//,/ } bond_mode=active-backup ;;
    *) ovs-vsctl --may-exist add-port "$bridge" "$nics" ;;
  esac
  ip link set "$bridge" up
  for nic in ${nics//,/ }; do mute "$nic"; done
done < <(providers "${ROLE[$h]}")
