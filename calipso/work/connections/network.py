"""The way to a server: its name, a TCP connection, TLS; each a step that says what is wrong by itself."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from .certificate import describe, refusal
from .result import StepError, Trial

TIMEOUT_S = 10.0
"""Seconds within which a server must take a connection, and answer each question."""

_PROBE_S = 3.0
_NO_TLS = {
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
    "UNEXPECTED_EOF_WHILE_READING",
    "UNKNOWN_PROTOCOL",
    "WRONG_VERSION_NUMBER",
}
"""What OpenSSL says of an answer that is no TLS."""

_OLD_TLS = {"TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION"}

Prelude = Callable[[socket.socket], None]
"""What must be said on a connection before TLS begins."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is. `tls`: how its certificate is checked; None for a connection without TLS.

    `setting`: how the user says in the section whether TLS is spoken; None where it cannot be said.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    setting: str | None = "tls"
    prelude: Prelude | None = None

    @property
    def name(self) -> str:
        """The host's name or address as the resolver and certificates know it."""
        return self.host.removeprefix("[").removesuffix("]")

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.host}:{self.port}"


def trust(authorities: str | None, *, verify: bool = True) -> ssl.SSLContext:
    """Return how certificates are checked: by the authorities of a file, else the system's; or not at all.

    Raises StepError.
    """
    try:
        context = ssl.create_default_context(cafile=authorities)
    except OSError as error:  # ssl.SSLError too
        raise StepError(
            f"the authorities in {authorities} cannot be read: {error.strerror or error}",
            f"{authorities} must be a file of certificates in PEM: check SSL_CERT_FILE, or cacert in "
            "clouds.yaml",
        ) from None
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def reach(server: Server, trial: Trial) -> socket.socket:
    """Return a connection to a server, with TLS if it is to be; note each step. Raises StepError."""
    with trial.step("name resolution") as say:
        addresses = _addresses(server)
        say(f"{server.host} is {', '.join(addresses)}")
    with trial.step("TCP connection") as say:
        connection = dial(server)
        say(f"port {server.port} takes connections")
    if server.tls is None:
        return connection
    with trial.step("TLS") as say:
        secured = secure(server, connection)
        say(_secured(secured, server))
    return secured


def connect(server: Server) -> socket.socket:
    """Return one more connection to a server that was reached. Raises StepError."""
    connection = dial(server)
    return connection if server.tls is None else secure(server, connection)


def dial(server: Server) -> socket.socket:
    """Return a TCP connection. Raises StepError."""
    try:
        return socket.create_connection((server.name, server.port), timeout=TIMEOUT_S)
    except ConnectionRefusedError:
        raise StepError(
            f"{server} refuses the connection",
            f"nothing listens on port {server.port} of {server.host}, or a firewall rejects: check `port`, "
            "that the server runs there, and on which address it listens",
        ) from None
    except TimeoutError:
        raise StepError(
            f"{server} does not answer within {TIMEOUT_S:g} s",
            f"{server.host} is down, or a firewall between the worker and it drops the packets: check "
            "`host`, and firewalls",
        ) from None
    except OSError as error:
        raise StepError(
            f"{server} cannot be reached: {error.strerror or error}",
            f"the worker's machine has no way to {server.host}: check `host`, its network and routes",
        ) from None


def secure(server: Server, connection: socket.socket) -> ssl.SSLSocket:
    """Return the connection with TLS on it. Raises StepError."""
    assert server.tls is not None  # noqa: S101 -- whoever calls wants TLS
    try:
        if server.prelude is not None:
            server.prelude(connection)
        return server.tls.wrap_socket(connection, server_hostname=server.name)
    except ssl.SSLCertVerificationError as error:
        connection.close()
        raise refusal(error, server.host, _certificate(server)) from None
    except (OSError, ValueError) as error:  # ssl.SSLError too
        connection.close()
        raise _tls_fault(error, server) from None
    except StepError:
        connection.close()
        raise


def speaks_tls(server: Server) -> bool:
    """Say whether a server speaks TLS."""
    unchecked = trust(None, verify=False)
    try:
        with (
            socket.create_connection((server.name, server.port), timeout=_PROBE_S) as plain,
            unchecked.wrap_socket(plain, server_hostname=server.name),
        ):
            return True
    except OSError:  # ssl.SSLError too
        return False


def wants_tls(server: Server) -> StepError:
    """Return the fault of a server that speaks TLS, and was asked without."""
    return StepError(
        f"{server} speaks TLS, and was asked without",
        f"{server} speaks TLS only: {_setting(server, 'true')}, or check `port`",
    )


def _addresses(server: Server) -> list[str]:
    try:
        found = socket.getaddrinfo(server.name, server.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        code = error.errno if isinstance(error, socket.gaierror) else socket.EAI_NONAME
        if code == socket.EAI_AGAIN:
            raise StepError(
                f"no name server answers for {server.host}",
                "the worker's machine gets no answer from its name servers (/etc/resolv.conf), so it knows "
                f"no address of {server.host}",
            ) from None
        raise StepError(
            f"no host is called {server.host}",
            f"DNS knows no {server.host}: check `host` for a slip, or have the worker's machine resolve it "
            "(DNS, /etc/hosts)",
        ) from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _secured(connection: ssl.SSLSocket, server: Server) -> str:
    """Return what is to be said of a connection with TLS: its version, and whose certificate it is."""
    assert server.tls is not None  # noqa: S101 -- it has TLS
    shown = describe(connection.getpeercert(binary_form=True))
    checked = "" if server.tls.verify_mode is ssl.CERT_REQUIRED else ", which is not checked"
    return f"{connection.version()}, certificate {shown}{checked}"


def _certificate(server: Server) -> bytes | None:
    """Return a server's certificate, whatever it is."""
    try:
        with dial(server) as plain:
            if server.prelude is not None:
                server.prelude(plain)
            with trust(None, verify=False).wrap_socket(plain, server_hostname=server.name) as unchecked:
                return unchecked.getpeercert(binary_form=True)
    except (OSError, StepError):
        return None


def _tls_fault(error: Exception, server: Server) -> StepError:
    reason = getattr(error, "reason", None) or ""
    if isinstance(error, TimeoutError):
        return StepError(
            f"{server} does not answer to TLS within {TIMEOUT_S:g} s",
            f"{server} waits for something else than TLS: {_setting(server, 'false')}, or check `port`",
        )
    if reason in _NO_TLS or isinstance(error, (ConnectionError, ssl.SSLEOFError)):
        return StepError(
            f"{server} does not speak TLS",
            f"{server} speaks no TLS: turn TLS on there, or {_setting(server, 'false')}, or check `port`",
        )
    if reason in _OLD_TLS:
        return StepError(
            f"{server} speaks no TLS version that is safe ({reason})",
            f"{server} offers only TLS versions that are not taken any more: have it offer TLS 1.2 or 1.3",
        )
    if "CERTIFICATE_REQUIRED" in reason or "BAD_CERTIFICATE" in reason:
        return StepError(
            f"{server} wants a client's certificate",
            f"{server} lets in only who shows a certificate, which Calipso does not: have it take passwords",
        )
    return StepError(
        f"TLS with {server} fails: {reason or error}",
        f"{server} and the worker agree on no TLS: see the server's log, its TLS versions and ciphers",
    )


def _setting(server: Server, value: str) -> str:
    wanted = "https" if value == "true" else "http"
    return f"set `{server.setting}: {value}`" if server.setting else f"use {wanted}:// in its URL"
