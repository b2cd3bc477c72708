# shellcheck shell=bash disable=SC2034 # its variables are for the scripts that source it
# Names, addresses and lab-only secrets: the one place where hosts and cables are listed. What a variant has besides,
# or otherwise, is in variants/VARIANT, and nowhere else.
: "${STATE:=/var/lib/oslab}"         # pid files, ssh key, the files of the management station
: "${VARIANT:=$(cat "$STATE/variant" 2>/dev/null || echo ovs-vxlan)}"
LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PW=labpass                           # the one password of the lab
REGION=RegionOne
MGMT_NET=10.10.0; TUN_NET=10.20.0; EXT_NET=203.0.113
[ -r "$LAB/variants/$VARIANT/settings.sh" ] ||
  { echo "VARIANT $VARIANT is unknown; there are: $(cd "$LAB/variants" && echo *)" >&2; exit 2; }

# host, role, last byte of its addresses. 'switch': a Linux bridge with lldpd; 'edge': the switch of the
# provider network, and its gateway; 'station': a bare network namespace
HOSTS='ctl1 controller 11
net1 network 12
cmp1 compute 21
cmp2 compute 22
tor1 switch 2
tor2 switch 3
edge1 edge 1
adm station 5'
MGMT_SWITCH=tor1
# host nic switch switchport.  eth0, mgmt0 = management, eth1 = underlay, eth2 and on = provider
CABLES='ctl1 eth0 tor1 swp1
net1 eth0 tor1 swp2
cmp1 eth0 tor1 swp3
cmp2 eth0 tor1 swp4
adm eth0 tor1 swp5
ctl1 eth1 tor2 swp1
net1 eth1 tor2 swp2
cmp1 eth1 tor2 swp3
cmp2 eth1 tor2 swp4
net1 eth2 edge1 swp1
tor2 mgmt0 tor1 swp6
edge1 mgmt0 tor1 swp7'
# role, physical network, what Neutron maps it to, NICs there; several NICs are an OVS bond
PROVIDERS='network physnet1 br-ex eth2'
SWITCH=ovs                           # the virtual switch: ovs, lxb (Linux bridge) or ovn; SWITCH_<host>: of one host
MECHANISMS=openvswitch
IFDRIVER=openvswitch
PLUGINS=router
TENANT_TYPES=vxlan
TUNNEL_TYPES=vxlan
L2POP=false
FIREWALL=iptables_hybrid
AGENTS_network='l3 dhcp metadata'    # agents of Neutron besides that of the virtual switch
AGENTS_compute=
L3_MODE_network=legacy
L3_MODE_compute=
. "$LAB/variants/$VARIANT/settings.sh"

switch_of() { local own=SWITCH_$1; echo "${!own:-$SWITCH}"; }    # HOST
hosts() { echo "$HOSTS"; }
cables() { echo "$CABLES"; }
providers() { awk -v role="$1" '$1 == role {print $2, $3, $4}' <<< "$PROVIDERS"; }   # ROLE
mappings() { providers "$1" | awk '{printf "%s%s:%s", sep, $1, $2; sep = ","}'; }    # ROLE: as Neutron writes them

declare -A ROLE IDX
while read -r name role byte; do ROLE[$name]=$role; IDX[$name]=$byte; done < <(hosts)
with_role() { hosts | awk -v want="^($1)\$" '$2 ~ want {printf "%s%s", sep, $1; sep = " "}'; }
CONTROLLER=$(with_role controller)
NETWORKERS=$(with_role network)      # L3, DHCP and metadata agents
COMPUTES=$(with_role compute)
SWITCHES=$(with_role 'switch|edge')
OSHOSTS=$(with_role 'controller|network|compute')
ALLHOSTS="$SWITCHES $OSHOSTS"        # each is a container

mgmt_ip() { echo "$MGMT_NET.${IDX[$1]}"; }
tun_ip()  { echo "$TUN_NET.${IDX[$1]}"; }
nic_mac() { local n=${2//mgmt/9}; printf '52:54:00:00:%02x:%02x\n' "${IDX[$1]}" "${n//eth/}"; }
agent_count() { # how many agents report to neutron in this variant
  local role agents n=0
  for role in network compute; do
    agents=AGENTS_$role
    n=$((n + $(wc -w <<< "$(with_role "$role")") * (1 + $(wc -w <<< "${!agents}"))))
  done
  echo "$n"
}
site() { # the lab's construction as JSON, for the Python programs outside the hosts
  jq -n --arg variant "$VARIANT" --arg region "$REGION" --arg switch "$SWITCH" \
    --arg tunnel_types "$TUNNEL_TYPES" --argjson l2_population "$L2POP" \
    --argjson hosts "$(for h in $ALLHOSTS; do
        echo "$h ${ROLE[$h]} $(mgmt_ip "$h") $(tun_ip "$h") $(hpid "$h") $(switch_of "$h")"
      done | jq -nR '[inputs / " " | {(.[0]): {role: .[1], management_ip: .[2], tunnel_ip: .[3], pid: (.[4] | tonumber),
        virtual_switch: .[5]}}] | add')" \
    --argjson cables "$(cables | while read -r h n s p; do echo "$h $n $s $p $(nic_mac "$h" "$n")"; done |
      jq -nR '[inputs / " " | {host: .[0], nic: .[1], switch: .[2], port: .[3], mac: .[4]}]')" \
    --argjson providers "$(jq -nR '[inputs / " " | {role: .[0], physical_network: .[1], mapped: .[2], nics: (.[3] / ",")}]' \
      <<< "$PROVIDERS")" \
    '{$variant, $region, $switch, tunnel_types: ($tunnel_types / ","), $l2_population, $hosts, $cables, $providers}'
}

hpid() { cat "$STATE/$1.pid"; }
# a host runs if its pid file names a process in that host's own network namespace
alive() { [ -s "$STATE/$1.pid" ] && [ "/proc/$(hpid "$1")/ns/net" -ef "/run/netns/$1" ]; }
CLEANENV=(env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
          TERM=dumb "VARIANT=$VARIANT" "PW=$PW" "REGION=$REGION" "CONTROLLER=$CONTROLLER" "COMPUTES=$COMPUTES"
          "SWITCH=$SWITCH")
hexec() { # HOST CMD...: run CMD inside HOST (all namespaces)
  local h=$1; shift
  if [ "${ROLE[$h]}" = station ]; then ip netns exec "$h" "${CLEANENV[@]}" "$@"
  else nsenter -t "$(hpid "$h")" -m -u -i -n -p -- "${CLEANENV[@]}" "$@"; fi
}
say() { printf '[%4ds] %s\n' "$SECONDS" "$*"; }
