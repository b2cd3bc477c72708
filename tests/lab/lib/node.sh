# shellcheck shell=bash disable=SC2034 # render reads its variables
# Inside network nodes and computes: neutron agents; on computes libvirt and nova-compute.
set -e
. /opt/lab/env.sh; . /opt/lab/lib/svc.sh; . /opt/lab/lib/render.sh; variant_vars
h=$(hostname)
[ -e /run/lab/firewall ] || echo "${FIREWALL:-iptables_hybrid}" > /run/lab/firewall   # chosen at the first start
FIREWALL=$(cat /run/lab/firewall)
BRIDGE_MAPPINGS=
[ "${ROLE[$h]}" = network ] && case $VARIANT in
  lxb-vxlan) BRIDGE_MAPPINGS=physnet1:eth2 ;;
  *) BRIDGE_MAPPINGS=physnet1:br-ex ;;
esac
UUID=$(uuidgen -n @dns -N "$h" --md5)
install -d /var/lib/neutron/lock
render /opt/lab/etc/all/neutron.conf /etc/neutron/neutron.conf
[ "$VARIANT" = lxb-vxlan ] && printf '[experimental]\nlinuxbridge = true\n' >> /etc/neutron/neutron.conf

agent() { # NAME CONFIG: a neutron agent with its configuration, a file of /etc/neutron
  svc "$1" root "/usr/bin/$1" --config-file /etc/neutron/neutron.conf --config-file "/etc/neutron/$2"
}
l2_agent() {
  case $VARIANT in
    ovs-vxlan)
      render /opt/lab/etc/all/openvswitch_agent.ini /etc/neutron/plugins/ml2/openvswitch_agent.ini
      agent neutron-openvswitch-agent plugins/ml2/openvswitch_agent.ini ;;
    lxb-vxlan)
      render /opt/lab/etc/all/linuxbridge_agent.ini /etc/neutron/plugins/ml2/linuxbridge_agent.ini
      agent neutron-linuxbridge-agent plugins/ml2/linuxbridge_agent.ini ;;
    ovn-geneve)
      bash /opt/lab/lib/ovn-chassis.sh ;;
  esac
}

case ${ROLE[$h]} in
  network)
    l2_agent
    [ "$VARIANT" = ovn-geneve ] && exit 0   # routing and DHCP are OVN's own
    for f in l3 dhcp metadata; do
      render /opt/lab/etc/net/${f}_agent.ini /etc/neutron/${f}_agent.ini
      agent neutron-$f-agent ${f}_agent.ini
    done ;;
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
    if [ "$VARIANT" = ovn-geneve ]; then
      render /opt/lab/etc/cmp/neutron_ovn_metadata_agent.ini /etc/neutron/neutron_ovn_metadata_agent.ini
      agent neutron-ovn-metadata-agent neutron_ovn_metadata_agent.ini
    fi
    for _ in $(seq 60); do [ -S /run/libvirt/libvirt-sock ] && break; sleep 0.5; done
    svc nova-compute root /usr/bin/nova-compute --config-file /etc/nova/nova.conf ;;
esac
