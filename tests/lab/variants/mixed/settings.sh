# shellcheck shell=bash disable=SC2034
# Open vSwitch and, on cmp2, Linux bridge agents; both send VXLAN to the same port, and to whom l2population says.
SWITCH_cmp2=lxb
MECHANISMS=openvswitch,linuxbridge,l2population
L2POP=true
