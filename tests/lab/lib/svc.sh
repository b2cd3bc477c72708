# shellcheck shell=bash
# svc NAME USER CMD...: start CMD detached as USER; log in /var/log/lab, pid in /run/lab.
svc() {
  local n=$1 u=$2; shift 2
  mkdir -p /var/log/lab /run/lab
  [ -s "/run/lab/$n.pid" ] && kill -0 "$(cat "/run/lab/$n.pid")" 2>/dev/null && return 0
  [ "$u" = root ] || set -- setpriv --reuid="$u" --regid="$(id -gn "$u")" --init-groups "$@"
  setsid "$@" >>"/var/log/lab/$n.log" 2>&1 </dev/null &
  echo $! > "/run/lab/$n.pid"
}
wait_tcp() { # HOST PORT [seconds]
  for _ in $(seq $(( ${3:-60} * 2 ))); do (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null && return 0; sleep 0.5; done
  echo "nothing answers on $1:$2" >&2; return 1
}
