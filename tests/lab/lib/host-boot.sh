# shellcheck shell=bash
# host-boot.sh NAME LAB STATE: becomes PID 1 of one lab host: private overlay over /, own /proc /sys /run /tmp /root.
set -e
name=$1 lab=$2 state=$3
hostname "$name"
mount --make-rprivate /
mkdir -p "$state/mnt"; mount -t tmpfs -o mode=755 oslab "$state/mnt"; cd "$state/mnt"
mkdir up work root
mount -t overlay overlay -o "lowerdir=/,upperdir=$state/mnt/up,workdir=$state/mnt/work" root
mkdir -p root/opt/lab
mount --bind "$lab" root/opt/lab; mount -o remount,ro,bind root/opt/lab
mount --rbind /dev root/dev
mount -t proc proc root/proc
mount -t sysfs sysfs root/sys
for d in run tmp root; do mount -t tmpfs -o mode=755 "$d" "root/$d"; done
chmod 1777 root/tmp; chmod 700 root/root; mkdir -m 755 root/run/lock root/run/lab root/run/sshd
install -d -m 700 root/root/.ssh
install -m 600 "$state/id_lab" root/root/.ssh/id_ed25519
install -m 600 "$state/id_lab.pub" root/root/.ssh/authorized_keys
rm -f root/etc/ssh/ssh_host_*   # the machine's own keys: base.sh makes this host's
echo "$name" > root/etc/hostname; cp "$state/hosts" root/etc/hosts
echo "$name" | md5sum | cut -c1-32 > root/etc/machine-id
mkdir -p root/.old; cd root; pivot_root . .old; umount -l /.old; rmdir /.old 2>/dev/null || true
cd /
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  HOME=/root LANG=C.UTF-8 /usr/bin/python3 /opt/lab/lib/init.py
