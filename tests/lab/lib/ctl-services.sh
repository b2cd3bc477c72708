# shellcheck shell=bash
# Inside the controller: keystone, placement, glance, nova-*, neutron-server; service users and endpoints.
set -e
. /opt/lab/env.sh; . /opt/lab/lib/svc.sh

wsgi() { # NAME PORT SCRIPT
  svc "$1" "$1" /usr/bin/uwsgi_python3 --http-socket "0.0.0.0:$2" --wsgi-file "$3" --procname-prefix-spaced "$1" \
    --master --processes 2 --threads 4 --lazy-apps --enable-threads --buffer-size 65535 \
    --die-on-term --chdir "/var/lib/$1" --rem-header Content-Length
}
[ "$SWITCH" = ovn ] && bash /opt/lab/lib/ovn-central.sh
wsgi keystone 5000 /usr/bin/keystone-wsgi-public
wsgi placement 8778 /usr/bin/placement-api
svc glance-api glance /usr/bin/glance-api --config-file /etc/glance/glance-api.conf
install -d -o nova -g nova /var/lib/nova/tmp; install -d -o neutron -g neutron /var/lib/neutron/lock
wait_tcp 127.0.0.1 5000
/usr/bin/python3 /opt/lab/lib/catalog.py
svc nova-conductor nova /usr/bin/nova-conductor
svc nova-scheduler nova /usr/bin/nova-scheduler
svc nova-api nova /usr/bin/nova-api
svc neutron-server neutron /usr/bin/neutron-server --config-file /etc/neutron/neutron.conf \
  --config-file /etc/neutron/plugins/ml2/ml2_conf.ini
for p in 8774 9696 9292 8778; do wait_tcp 127.0.0.1 $p 90; done
