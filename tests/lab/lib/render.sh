# shellcheck shell=bash
# render SRC DST: copy a template, and what the variant adds to it, filling @NAME@ from the lab's variables.
render() {
  local h; h=$(hostname)
  mkdir -p "$(dirname "$2")"
  cat "$1" "$LAB/variants/$VARIANT/$(basename "$1")" 2>/dev/null |
  sed -e "s/@HOST@/$h/g; s/@MY_IP@/$(mgmt_ip "$h")/g; s/@TUN_IP@/$(tun_ip "$h")/g; s/@PW@/$PW/g" \
      -e "s/@REGION@/$REGION/g; s/@CTL@/$CONTROLLER/g; s/@CTL_IP@/$(mgmt_ip "$CONTROLLER")/g" \
      -e "s/@MECHANISMS@/$MECHANISMS/g; s/@TENANT_TYPES@/$TENANT_TYPES/g; s/@IFDRIVER@/$IFDRIVER/g" \
      -e "s/@PLUGINS@/$PLUGINS/g; s/@TUNNEL_TYPES@/$TUNNEL_TYPES/g; s/@L2POP@/$L2POP/g" \
      -e "s/@BRIDGE_MAPPINGS@/${BRIDGE_MAPPINGS:-}/g; s/@L3_MODE@/${L3_MODE:-}/g; s/@FIREWALL@/$FIREWALL/g" \
      -e "s/@UUID@/${UUID:-}/g" > "$2"
  chmod 644 "$2"
}
