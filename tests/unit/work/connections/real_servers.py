"""Real servers of the tests' own, on free ports of the loopback address: MariaDB, RabbitMQ."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from certificates import Authority
from ldap_server import free_port

STARTS_WITHIN_S = 60
PASSWORD = "a calipso's password _1"


class Program:
    """A program that runs until it is stopped, by its own process id, and logs to HOME/log."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self, command: Sequence[str | Path], is_ready: Callable[[], bool], **variables: str) -> None:
        """Start it, and wait until it is ready."""
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ | variables
            )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not is_ready():
            said = (self.home / "log").read_text(errors="replace")[-4000:]
            assert self.process.poll() is None, f"{command[0]} ended: {said}"
            assert time.monotonic() < deadline, f"{command[0]} does not start: {said}"
            time.sleep(0.1)

    def stop(self) -> None:
        """End it, if it runs."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(STARTS_WITHIN_S)
            self.process = None


def greets(port: int, sent: bytes = b"") -> Callable[[], bool]:
    """Return what says whether a server on a port says something, after it was sent something."""

    def answers() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
                connection.sendall(sent)
                return connection.recv(1) != b""
        except OSError:
            return False

    return answers


class MariaDb(Program):
    """A MariaDB with a database `neutron`, which its user calipso may read."""

    def __init__(self, home: Path, authority: Authority | None) -> None:
        super().__init__(home)
        self.port = free_port()
        self._authority = authority
        self._socket = home / "socket"
        user = ["--user=root"] if os.getuid() == 0 else []  # else it wants to be mysql
        own = ["--no-defaults", f"--datadir={home / 'data'}", *user]
        self._run(["mariadb-install-db", *own, "--auth-root-authentication-method=normal", "--skip-test-db"])
        tls = ["--skip-ssl"]
        if authority is not None:
            self._certificate = home / "server.pem"
            shutil.copy2(authority.issue(), self._certificate)
            tls = [f"--ssl-cert={self._certificate}", f"--ssl-key={self._certificate}"]
        server = shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
        assert server, "these tests need MariaDB: install the package mariadb-server"
        where = [f"--socket={self._socket}", f"--port={self.port}", "--bind-address=127.0.0.1"]
        self.launch([server, *own, *where, *tls], greets(self.port))
        self.tell(
            "CREATE DATABASE neutron",
            f'CREATE USER calipso@localhost IDENTIFIED BY "{PASSWORD}"',
            "GRANT SELECT ON neutron.* TO calipso@localhost",
            f'CREATE USER poor@localhost IDENTIFIED BY "{PASSWORD}"',
        )

    def tell(self, *statements: str) -> None:
        """Run statements as its administrator."""
        client = ["mariadb", "--no-defaults", f"--socket={self._socket}", "--user=root"]
        self._run([*client, "--execute", "; ".join(statements)])

    def show(self, kind: str) -> None:
        """Have it show another certificate."""
        assert self._authority is not None
        shutil.copy2(self._authority.issue(kind), self._certificate)
        self.tell("FLUSH SSL")

    def _run(self, command: Sequence[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


class RabbitMq(Program):
    """A RabbitMQ with a user calipso, on a port without TLS and on one with it; with an epmd of its own."""

    def __init__(self, home: Path, authority: Authority) -> None:
        super().__init__(home)
        self.port, self.tls_port = free_port(), free_port()
        self._authority = authority
        self._certificate = home / "server.pem"
        shutil.copy2(authority.issue(), self._certificate)
        epmd, distribution = free_port(), free_port()
        self._variables: Mapping[str, str] = {
            "HOME": str(home),
            "ERL_EPMD_PORT": str(epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "calipso-test@localhost",
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(home / "logs"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        (home / "plugins").write_text("[].\n")
        (home / "rabbitmq.conf").write_text(f"""
listeners.tcp.1 = 127.0.0.1:{self.port}
listeners.ssl.1 = 127.0.0.1:{self.tls_port}
ssl_options.certfile = {self._certificate}
ssl_options.keyfile = {self._certificate}
ssl_options.verify = verify_none
ssl_options.fail_if_no_peer_cert = false
default_user = calipso
default_pass = {PASSWORD}
""")
        self._epmd = subprocess.Popen(["epmd", "-port", str(epmd), "-address", "127.0.0.1"])
        server = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
        assert server.is_file(), "these tests need RabbitMQ: install the package rabbitmq-server"
        self.launch([server], greets(self.port, b"AMQP\x00\x00\x09\x01"), **self._variables)

    def show(self, kind: str) -> None:
        """Have it show another certificate."""
        shutil.copy2(self._authority.issue(kind), self._certificate)
        self._control("eval", "ssl:clear_pem_cache().")

    def restart(self) -> None:
        """End what it serves, and begin anew."""
        self._control("stop_app")
        self._control("start_app")

    def stop(self) -> None:
        """End it, and its epmd."""
        super().stop()
        self._epmd.terminate()
        self._epmd.wait(STARTS_WITHIN_S)

    def _control(self, *words: str) -> None:
        done = subprocess.run(
            ["/usr/lib/rabbitmq/bin/rabbitmqctl", *words],
            env=os.environ | self._variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
