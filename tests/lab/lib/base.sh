# shellcheck shell=bash
# Runs inside every host and switch: its own ssh host key, sshd and lldpd.
set -e
. /opt/lab/env.sh; . /opt/lab/lib/svc.sh
key=/etc/ssh/ssh_host_ed25519_key
[ -e $key ] || ssh-keygen -q -t ed25519 -N '' -C "$(hostname)" -f $key
cat > /etc/ssh/sshd_lab <<C
HostKey $key
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
C
svc sshd root /usr/sbin/sshd -D -f /etc/ssh/sshd_lab
mkdir -p /run/lldpd
kind=host; case ${ROLE[$(hostname)]} in switch | edge) kind=switch ;; esac
cat > /etc/lldpd.conf <<C
configure system hostname $(hostname)
configure system description "lab $kind $(hostname)"
configure lldp portidsubtype ifname
configure lldp tx-interval 5
configure system interface pattern eth*,swp*
C
svc lldpd root /usr/sbin/lldpd -d
