# shellcheck shell=bash disable=SC2034
# Open vSwitch, VXLAN, the hybrid firewall: as env.sh has it.
