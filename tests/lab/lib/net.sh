# shellcheck shell=bash
# Hosts, switches and the cables between them. Sourced by up.
make_hosts_file() {
  { echo "127.0.0.1 localhost"
    for h in "${!IDX[@]}"; do echo "$(mgmt_ip "$h") $h"; done; } > "$STATE/hosts"
}
make_host() { # a container: netns NAME + mount/uts/pid/ipc namespaces
  local h=$1 p c
  alive "$h" && return 0
  if [ -n "$(ip netns pids "$h" 2>/dev/null)" ]; then
    echo "network namespace $h is in use, and not by a lab of STATE=$STATE" >&2; return 1
  fi
  ip netns add "$h" 2>/dev/null || true
  ip -n "$h" link set lo up
  setsid nohup nsenter --net="/run/netns/$h" unshare -m -u -i -p -f \
    bash "$LAB/lib/host-boot.sh" "$h" "$LAB" "$STATE" >"$STATE/$h.boot.log" 2>&1 </dev/null &
  p=$!
  for _ in $(seq 100); do
    c=$(pgrep -P "$p" -f init.py || true); [ -n "$c" ] && break; sleep 0.1
  done
  [ -n "$c" ] || { cat "$STATE/$h.boot.log" >&2; return 1; }
  echo "$c" > "$STATE/$h.pid"
}
make_cables() {
  local h n s p
  for s in $SWITCHES; do
    ip -n "$s" link show br0 >/dev/null 2>&1 || ip -n "$s" link add br0 type bridge
    ip -n "$s" link set br0 up
  done
  while read -r h n s p; do
    if ! ip -n "$h" link show "$n" >/dev/null 2>&1; then
      ip link add "$p" netns "$s" type veth peer name "$n" netns "$h"
      ip -n "$h" link set "$n" address "$(nic_mac "$h" "$n")" up
      ip -n "$s" link set "$p" address "$(printf '52:54:01:00:%02x:%02x' "${IDX[$s]}" "${p#swp}")" master br0 up
    fi
    case $n in eth0 | mgmt0) ip -n "$h" addr replace "$(mgmt_ip "$h")/24" dev "$n" ;; esac
  done < <(cables)
  ip -n "$MGMT_SWITCH" addr replace "$(mgmt_ip "$MGMT_SWITCH")/24" dev br0
  ip -n "$CONTROLLER" addr replace "$(tun_ip "$CONTROLLER")/24" dev eth1
  ip -n "$(with_role edge)" addr replace "$EXT_NET.1/24" dev br0
}
