# shellcheck shell=bash disable=SC2034
# OVN: routing and DHCP are its own.
SWITCH=ovn
MECHANISMS=ovn
PLUGINS=ovn-router
TENANT_TYPES=geneve
TUNNEL_TYPES=geneve
AGENTS_network=
AGENTS_compute=ovn-metadata
