"""A real sshd with users of its own, and a real sudo: both see other users than the machine has.

It runs as root in a mount namespace of its own, where its users, their passwords and what they may do with
sudo lie over the machine's files. Nothing outside is changed.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ldap_server import free_port
from real_servers import Program, greets

SUDO_PASSWORD = "a sudoer's password"
USERS = ("free", "asked", "plain")
"""May become root without a password; with it; never."""

_BEGIN = """
set -e
mount --make-rprivate /
for file in passwd shadow sudoers; do mount --bind "$0/$file" "/etc/$file"; done
mount -t tmpfs none /run
mkdir /run/sshd
exec /usr/sbin/sshd -D -e -f "$0/sshd_config"
"""


class Sshd(Program):
    """An sshd with `USERS`, who log in with the key `key`, and have the password `SUDO_PASSWORD`."""

    def __init__(self) -> None:
        assert os.getuid() == 0, "these tests need root: they start an sshd with users of its own"
        super().__init__(Path(tempfile.mkdtemp(prefix="calipso-sshd-")))
        self.home.chmod(0o755)
        self.port = free_port()
        self.key, host_key = self.home / "key", self.home / "host_key"
        self.stranger = self.home / "stranger"
        for path in (self.key, host_key, self.stranger):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        self._users()
        (self.home / "sshd_config").write_text(f"""
Port {self.port}
ListenAddress 127.0.0.1
HostKey {host_key}
PidFile none
AuthorizedKeysFile {self.home}/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
Subsystem sftp internal-sftp
""")
        (self.home / "authorized_keys").write_text(self.key.with_suffix(".pub").read_text())
        self.known_hosts = self._known("known_hosts", host_key)
        self.other_known_hosts = self._known("other_known_hosts", self.stranger)
        begin = ["unshare", "--mount", "sh", "-c", _BEGIN, str(self.home)]
        self.launch(begin, greets(self.port))

    def host(self, user: str, **variables: Any) -> Mapping[str, Any]:
        """Return what an inventory says of a host at which `user` logs in; `variables` say otherwise."""
        known_hosts = variables.pop("known_hosts", self.known_hosts)
        return {
            "ansible_host": "127.0.0.1",
            "ansible_port": self.port,
            "ansible_user": user,
            "ansible_ssh_private_key_file": str(self.key),
            "ansible_ssh_args": "-F /dev/null -o ControlMaster=no",
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={known_hosts} -o GlobalKnownHostsFile=none",
            "ansible_python_interpreter": "/usr/bin/python3",
            **variables,
        }

    def _known(self, name: str, key: Path) -> Path:
        kind, public, *_comment = key.with_suffix(".pub").read_text().split()
        found = self.home / name
        found.write_text(f"[127.0.0.1]:{self.port} {kind} {public}\n")
        return found

    def _users(self) -> None:
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", SUDO_PASSWORD], capture_output=True, text=True, check=True
        ).stdout.strip()
        passwd, shadow = Path("/etc/passwd").read_text(), Path("/etc/shadow").read_text()
        for number, user in enumerate(USERS, start=64_000):
            home = self.home / user
            home.mkdir()
            os.chown(home, number, number)
            passwd += f"{user}:x:{number}:{number}::{home}:/bin/sh\n"
            shadow += f"{user}:{hashed}:19000:0:99999:7:::\n"
        rules = "root ALL=(ALL:ALL) ALL\nfree ALL=(ALL:ALL) NOPASSWD: ALL\nasked ALL=(ALL:ALL) ALL\n"
        for name, text, mode in (
            ("passwd", passwd, 0o644),
            ("shadow", shadow, 0o600),
            ("sudoers", rules, 0o440),
        ):
            (self.home / name).write_text(text)
            (self.home / name).chmod(mode)
