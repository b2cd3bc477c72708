# shellcheck shell=bash disable=SC2034
# Linux bridge agents, kernel VXLAN devices.
SWITCH=lxb
MECHANISMS=linuxbridge,l2population
IFDRIVER=linuxbridge
L2POP=true
PROVIDERS='network physnet1 eth2 eth2'
