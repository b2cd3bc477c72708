# shellcheck shell=bash disable=SC2034
# Two network nodes, HA routers, two DHCP agents a network; two physical networks on network nodes and computes.
HOSTS="$HOSTS
net2 network 13
edge2 switch 4"
CABLES="$CABLES
net2 eth0 tor1 swp8
edge2 mgmt0 tor1 swp9
net2 eth1 tor2 swp5
net2 eth2 edge1 swp2
cmp1 eth2 edge1 swp3
cmp2 eth2 edge1 swp4
net1 eth3 edge2 swp1
net2 eth3 edge2 swp2
cmp1 eth3 edge2 swp3
cmp2 eth3 edge2 swp4"
PROVIDERS='network physnet1 br-ex eth2
network physnet2 br-two eth3
compute physnet1 br-ex eth2
compute physnet2 br-two eth3'
