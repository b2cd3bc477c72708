"""What Ansible, ssh and sudo say when a host's command line cannot be used, and what is the cause."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """What failed on the way to a host, and why."""

    step: str
    cause: str


_KNOWN_HOSTS = (
    "if the host was installed anew, take its new key: ssh-keygen -R HOST, then ssh-keyscan HOST (compare "
    "its fingerprint with the host's own); if not, somebody may be in between"
)

_TROUBLES: tuple[tuple[str, str, str], ...] = (
    (
        r"could not resolve hostname|name or service not known|temporary failure in name resolution",
        "name resolution",
        "DNS knows no such host: check its name, or set ansible_host to its address in the inventory",
    ),
    (
        r"remote host identification has changed|host key for .* has changed",
        "host key",
        "the host shows another SSH host key than known_hosts has: " + _KNOWN_HOSTS,
    ),
    (
        r"host key verification failed|no .* host key is known|authenticity of host|host key is not known",
        "host key",
        "the host is not in the worker's known_hosts: take its key in (ssh-keyscan), and compare its "
        "fingerprint",
    ),
    (
        r"connection refused",
        "TCP connection",
        "nothing listens on the SSH port of the host: check that sshd runs there, ansible_port, and "
        "firewalls",
    ),
    (
        r"connection timed out|timed out during banner|operation timed out|timeout waiting for privilege|"
        r"no route to host|network is unreachable|connection timeout",
        "TCP connection",
        "the host does not answer: it is down, or a firewall or a missing route is in between",
    ),
    (
        r"bad permissions|unprotected private key|permissions .* are too open",
        "login",
        "ssh does not take the private key's file, which others may read: chmod 600 it",
    ),
    (
        r"identity file .* not accessible|no such identity|error loading key|load key .*: (no such|invalid|"
        r"error in libcrypto)|private key .*(not exist|invalid)",
        "login",
        "the private key's file is not there or is no key where the worker runs: check key_file and "
        "ansible_ssh_private_key_file",
    ),
    (
        r"invalid/incorrect (username/)?password|incorrect password|authentication failure|sshpass.*wrong",
        "login",
        "the host refuses the password: check ansible_user and ansible_password",
    ),
    (
        r"install the sshpass program",
        "login",
        "a password for SSH needs the program sshpass where the worker runs: install it, or use a key",
    ),
    (
        r"permission denied|too many authentication failures|no supported authentication methods",
        "login",
        "the host refuses the user or its key: check ansible_user and the private key, and that its public "
        "key is in authorized_keys there",
    ),
    (
        r"this account is currently not available|account .*(expired|locked)|user .* not allowed",
        "login",
        "the user may not log in at the host: its account is locked, expired, or has no shell",
    ),
    (
        r"connection closed by|connection reset by|kex_exchange_identification|unexpected end of file",
        "TCP connection",
        "the host takes the connection and closes it: is that port sshd's? See sshd's log there "
        "(MaxStartups, AllowUsers, hosts.deny)",
    ),
    (
        r"python.*(not found|no such file)|interpreter .* was not found|no such file or directory.*python|"
        r"failed to (discover|locate).*python",
        "Python",
        "the host has no Python where Ansible looks for it: install python3, or set "
        "ansible_python_interpreter",
    ),
)

_REFUSALS: tuple[tuple[str, str], ...] = (
    (
        r"not in the sudoers file|is not allowed to (execute|run)|may not run sudo",
        "sudo is refused: the user is not in sudoers at the host, or may not run all commands; add it",
    ),
    (
        r"incorrect sudo password|incorrect (become|su) password|sorry, try again",
        "sudo refuses the password: check ansible_become_password",
    ),
    (
        r"missing (sudo|become) password|a password is required|a terminal is required to read",
        "sudo is refused without a password: give ansible_become_password, or let the user run sudo "
        "without one (NOPASSWD) at the host",
    ),
    (r"you must have a tty", "sudo wants a terminal: take requiretty out of sudoers at the host"),
    (
        r"sudo: (command )?not found|sudo: no such file|no such file or directory.*sudo",
        "the host has no sudo: install it, or set ansible_become_method",
    ),
)


def trouble_of(text: str, task: str) -> Trouble:
    """Return what is wrong with a host, of what Ansible said when `task` failed: login, Python, or sudo."""
    if task == "sudo":
        for pattern, cause in _REFUSALS:
            if re.search(pattern, text, re.IGNORECASE):
                return Trouble(task, cause)
        if not _is_lost(text):
            return Trouble(task, "becoming root fails at the host: see what it says, and sudo's log there")
    for pattern, step, cause in _TROUBLES:
        if re.search(pattern, text, re.IGNORECASE | re.DOTALL):
            return Trouble(step, cause)
    return Trouble(task, "the host cannot be used: see what Ansible says, or try `ssh -v HOST`")


def _is_lost(text: str) -> bool:
    return (
        re.search(r"failed to connect|unreachable|connection (closed|reset|timed)", text, re.IGNORECASE)
        is not None
    )
