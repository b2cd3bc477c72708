# shellcheck shell=bash
# render SRC DST: copy a template, filling @NAME@ from the lab's variables.
render() {
  local h; h=$(hostname)
  mkdir -p "$(dirname "$2")"
  sed -e "s/@HOST@/$h/g; s/@MY_IP@/$(mgmt_ip "$h")/g; s/@TUN_IP@/$(tun_ip "$h")/g; s/@PW@/$PW/g" \
      -e "s/@REGION@/$REGION/g; s/@CTL@/$CONTROLLER/g; s/@CTL_IP@/$(mgmt_ip "$CONTROLLER")/g" \
      -e "s/@MECH@/$MECH/g; s/@TENANT_TYPE@/$TENANT_TYPE/g; s/@IFDRIVER@/$IFDRIVER/g; s/@PLUGINS@/$PLUGINS/g" \
      -e "s/@BRIDGE_MAPPINGS@/${BRIDGE_MAPPINGS:-}/g; s/@FIREWALL@/${FIREWALL:-}/g; s/@UUID@/${UUID:-}/g" "$1" > "$2"
  chmod 644 "$2"
}
variant_vars() {
  PLUGINS=router
  case $VARIANT in
    ovs-vxlan)  MECH=openvswitch; IFDRIVER=openvswitch; TENANT_TYPE=vxlan ;;
    lxb-vxlan)  MECH=linuxbridge,l2population; IFDRIVER=linuxbridge; TENANT_TYPE=vxlan ;;
    ovn-geneve) MECH=ovn; IFDRIVER=openvswitch; TENANT_TYPE=geneve; PLUGINS=ovn-router ;;
    *) echo "unknown VARIANT $VARIANT" >&2; exit 2 ;;
  esac
}
