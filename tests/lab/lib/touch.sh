# shellcheck shell=bash
# Inside a network node: from every DHCP namespace ping each address it has leased. Goes round until the list of
# leases no longer grows (the guests take theirs some seconds after they are ACTIVE).
round() {
  for q in $(ip netns list | cut -d' ' -f1 | grep qdhcp); do
    while read -r _ _ ip _; do
      case $ip in ""|*.1|*.2) continue;; esac
      printf '%s %s %s\n' "$q" "$ip" "$(ip netns exec "$q" ping -c2 -W2 "$ip" | grep -o '[0-9]* received')"
    done < "/var/lib/neutron/dhcp/${q#qdhcp-}/leases"
  done
}
now=$(round | sort)
for _ in 1 2 3 4 5 6; do
  before=$now; [ -n "$before" ] && sleep 8; now=$(round | sort)
  [ "$now" = "$before" ] && break
done
echo "$now"
