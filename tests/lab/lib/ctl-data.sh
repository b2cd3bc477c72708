# shellcheck shell=bash
# Inside the controller: MariaDB, RabbitMQ, memcached, every database and schema, keystone bootstrap.
set -e
. /opt/lab/env.sh; . /opt/lab/lib/svc.sh; . /opt/lab/lib/render.sh
[ -e /run/lab/data.done ] && exit 0

install -d -o mysql -g mysql /run/mysqld
render /opt/lab/etc/ctl/my.cnf /etc/mysql/mariadb.conf.d/99-lab.cnf
svc mariadb root /usr/sbin/mariadbd --user=mysql
install -d -o rabbitmq -g rabbitmq /var/lib/rabbitmq /var/log/rabbitmq
echo labcookie > /var/lib/rabbitmq/.erlang.cookie
chown rabbitmq: /var/lib/rabbitmq/.erlang.cookie; chmod 400 /var/lib/rabbitmq/.erlang.cookie
export HOME=/var/lib/rabbitmq RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none"
svc rabbitmq rabbitmq /usr/lib/rabbitmq/bin/rabbitmq-server
export HOME=/root
svc memcached memcache /usr/bin/memcached -m 64 -l 0.0.0.0

for f in keystone placement glance-api nova neutron; do
  render "/opt/lab/etc/all/$f.conf" "/etc/${f%-api}/$f.conf"
done
render /opt/lab/etc/all/ml2_conf.ini /etc/neutron/plugins/ml2/ml2_conf.ini

wait_tcp 127.0.0.1 3306
for p in keystone:keystone placement:placement glance:glance nova_api:nova nova_cell0:nova nova:nova neutron:neutron; do
  echo "CREATE DATABASE IF NOT EXISTS ${p%:*} CHARACTER SET utf8mb3;
        GRANT ALL ON ${p%:*}.* TO '${p#*:}'@'%' IDENTIFIED BY '$PW';"
done | mariadb
mariadb -e "GRANT SELECT ON *.* TO 'scanner'@'%' IDENTIFIED BY '$PW'"   # what a discovery product reads with

( keystone-manage db_sync
  keystone-manage fernet_setup --keystone-user keystone --keystone-group keystone
  keystone-manage credential_setup --keystone-user keystone --keystone-group keystone
  url=http://$CONTROLLER:5000/v3
  keystone-manage bootstrap --bootstrap-password "$PW" --bootstrap-region-id "$REGION" \
    --bootstrap-admin-url "$url" --bootstrap-internal-url "$url" --bootstrap-public-url "$url"
  placement-manage db sync; glance-manage db_sync ) >/var/log/sync1.log 2>&1 &
a=$!
( nova-manage api_db sync
  nova-manage cell_v2 map_cell0
  nova-manage cell_v2 create_cell --name cell1
  nova-manage db sync ) >/var/log/sync2.log 2>&1 &
b=$!
neutron-db-manage --config-file /etc/neutron/neutron.conf \
  --config-file /etc/neutron/plugins/ml2/ml2_conf.ini upgrade heads >/var/log/sync3.log 2>&1
wait "$a"; wait "$b"
wait_tcp 127.0.0.1 5672 90
export HOME=/var/lib/rabbitmq
rabbitmqctl -q await_startup
rabbitmqctl -q add_user openstack "$PW" || true
rabbitmqctl -q set_permissions openstack '.*' '.*' '.*'
touch /run/lab/data.done
