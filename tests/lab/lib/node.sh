# shellcheck shell=bash disable=SC2034,SC2153 # render reads its variables, and env.sh has those in capitals
# Inside network nodes and computes: neutron agents; on computes libvirt and nova-compute.
set -e
. /opt/lab/env.sh; . /opt/lab/lib/svc.sh; . /opt/lab/lib/render.sh
h=$(hostname)
role=${ROLE[$h]}
[ -e /run/lab/firewall ] || echo "${OWN_FIREWALL:-$FIREWALL}" > /run/lab/firewall   # chosen at the first start
FIREWALL=$(cat /run/lab/firewall)
BRIDGE_MAPPINGS=$(mappings "$role")
mode=L3_MODE_$role; L3_MODE=${!mode}
UUID=$(uuidgen -n @dns -N "$h" --md5)
install -d /var/lib/neutron/lock
render /opt/lab/etc/all/neutron.conf /etc/neutron/neutron.conf

agent() { # NAME CONFIG: a neutron agent with its configuration, a file of /etc/neutron
  svc "$1" root "/usr/bin/$1" --config-file /etc/neutron/neutron.conf --config-file "/etc/neutron/$2"
}
l2_agent() {
  local name
  case $(switch_of "$h") in
    ovs) name=openvswitch ;;
    lxb) name=linuxbridge ;;
    ovn) bash /opt/lab/lib/ovn-chassis.sh; return ;;
  esac
  render "/opt/lab/etc/all/${name}_agent.ini" "/etc/neutron/plugins/ml2/${name}_agent.ini"
  agent "neutron-$name-agent" "plugins/ml2/${name}_agent.ini"
}
other_agents() {
  local agents=AGENTS_$role name file
  for name in ${!agents}; do
    file=${name//-/_}_agent.ini
    render "/opt/lab/etc/net/$file" "/etc/neutron/$file"
    agent "neutron-$name-agent" "$file"
  done
}

case $role in
  network)
    l2_agent
    other_agents ;;
  compute)
    render /opt/lab/etc/cmp/libvirtd.conf /etc/libvirt/libvirtd.conf
    render /opt/lab/etc/cmp/qemu.conf /etc/libvirt/qemu.conf
    render /opt/lab/etc/all/nova.conf /etc/nova/nova.conf
    sed -i '/^connection = /d' /etc/nova/nova.conf   # a compute has no business in the database
    install -d /run/libvirt /var/lib/nova/tmp /var/lib/nova/instances; chmod 755 /var/lib/nova /var/lib/nova/instances
    rm -f /etc/libvirt/qemu/networks/autostart/*
    svc virtlogd root /usr/sbin/virtlogd
    svc libvirtd root /usr/sbin/libvirtd
    l2_agent
    other_agents
    for _ in $(seq 60); do [ -S /run/libvirt/libvirt-sock ] && break; sleep 0.5; done
    svc nova-compute root /usr/bin/nova-compute --config-file /etc/nova/nova.conf ;;
esac
