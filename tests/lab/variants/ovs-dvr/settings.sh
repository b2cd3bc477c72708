# shellcheck shell=bash disable=SC2034
# Distributed routers, the native firewall, GRE besides VXLAN, trunks, port forwardings; an OVS bond to the provider.
MECHANISMS=openvswitch,l2population
L2POP=true
PLUGINS=router,trunk,port_forwarding
TUNNEL_TYPES=vxlan,gre
FIREWALL=openvswitch
AGENTS_compute='l3 metadata'
L3_MODE_network=dvr_snat
L3_MODE_compute=dvr
CABLES="$CABLES
net1 eth3 edge1 swp2
cmp1 eth2 edge1 swp3
cmp1 eth3 edge1 swp4
cmp2 eth2 edge1 swp5
cmp2 eth3 edge1 swp6"
PROVIDERS='network physnet1 br-ex eth2,eth3
compute physnet1 br-ex eth2,eth3'
