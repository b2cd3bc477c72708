# shellcheck shell=bash
# Inside the controller, with OVN: northbound and southbound databases and ovn-northd.
set -e
. /opt/lab/env.sh; . /opt/lab/lib/svc.sh
install -d /run/ovn /var/lib/ovn /var/log/ovn
central() { # nb|sb PORT
  local db=/var/lib/ovn/ovn$1_db.db run=/run/ovn/ovn$1_db
  [ -e "$db" ] || ovsdb-tool create "$db" "/usr/share/ovn/ovn-$1.ovsschema"
  svc "ovn-$1" root ovsdb-server "$db" "--remote=punix:$run.sock" "--remote=ptcp:$2:0.0.0.0" "--unixctl=$run.ctl"
  wait_tcp 127.0.0.1 "$2"
}
central nb 6641; central sb 6642
ovn-nbctl init; ovn-sbctl init
svc ovn-northd root ovn-northd --ovnnb-db=unix:/run/ovn/ovnnb_db.sock --ovnsb-db=unix:/run/ovn/ovnsb_db.sock
