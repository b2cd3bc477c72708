"""A real slapd of the tests' own, on free ports of the loopback address, with a CA made for it."""

from __future__ import annotations

import datetime as dt
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SUFFIX = "dc=example,dc=org"
PEOPLE = f"ou=people,{SUFFIX}"
GROUPS = f"ou=groups,{SUFFIX}"
SEARCHER = f"cn=searcher,{SUFFIX}"
SEARCHERS_PASSWORD = "a password # with blanks"

SCHEMAS = ("core", "cosine", "inetorgperson", "nis")
STARTS_WITHIN_S = 60

ENTRIES = f"""
dn: {SUFFIX}
objectClass: domain
dc: example

dn: {SEARCHER}
objectClass: person
cn: searcher
sn: searcher
userPassword: {SEARCHERS_PASSWORD}

dn: {PEOPLE}
objectClass: organizationalUnit
ou: people

dn: {GROUPS}
objectClass: organizationalUnit
ou: groups

dn: uid=ann,{PEOPLE}
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: Example
mail: ann@example.org
userPassword: ann's password

dn: cn=Bob (ops)\\, here,{PEOPLE}
objectClass: inetOrgPerson
uid: bob
uid: Robert
cn: Bob (ops), here
sn: Example
userPassword: bob's password

dn: uid=twin,{PEOPLE}
objectClass: inetOrgPerson
uid: twin
cn: Twin
sn: Example
userPassword: twins' password

dn: cn=other twin,{PEOPLE}
objectClass: inetOrgPerson
uid: twin
cn: other twin
sn: Example
userPassword: twins' password

dn: uid=keyless,{PEOPLE}
objectClass: inetOrgPerson
uid: keyless
cn: Keyless
sn: Example

dn: uid=group:ops,{PEOPLE}
objectClass: inetOrgPerson
uid: group:ops
cn: Mallory
sn: Example
userPassword: mallory's password

dn: cn=printer,{SUFFIX}
objectClass: device
objectClass: uidObject
objectClass: simpleSecurityObject
uid: printer
cn: printer
userPassword: printer's password

dn: cn=ops,{GROUPS}
objectClass: groupOfNames
cn: ops
member: uid=ann,{PEOPLE}
member: cn=Bob (ops)\\, here,{PEOPLE}

dn: cn=admins,{GROUPS}
objectClass: groupOfNames
cn: admins
member: uid=ann,{PEOPLE}

dn: ou=elsewhere,{GROUPS}
objectClass: organizationalUnit
ou: elsewhere

dn: cn=admins,ou=elsewhere,{GROUPS}
objectClass: groupOfNames
cn: admins
member: cn=Bob (ops)\\, here,{PEOPLE}

dn: cn=unix,{GROUPS}
objectClass: posixGroup
cn: unix
gidNumber: 100
memberUid: bob
"""


@dataclass
class Slapd:
    """A slapd, which is stopped and started again on the same ports."""

    home: Path
    tls: bool = True
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        """Write its configuration and its entries."""
        (self.home / "data").mkdir(parents=True)
        # A copy: some systems confine the installed file to the installed directory.
        self.program = shutil.copy2(slapd_program(), self.home / "slapd")
        self.ca = make_ca(self.home, "localhost")
        self.config = self.home / "slapd.conf"
        self.config.write_text(self._config())
        self._load()

    @property
    def url(self) -> str:
        """Where it does StartTLS."""
        return f"ldap://localhost:{self.ports[0]}"

    @property
    def tls_url(self) -> str:
        """Where it speaks TLS from the start."""
        return f"ldaps://localhost:{self.ports[1]}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        plain, tls = self.ports
        urls = f"ldap://127.0.0.1:{plain}/" + (f" ldaps://127.0.0.1:{tls}/" if self.tls else "")
        self.process = subprocess.Popen(
            [self.program, "-f", self.config, "-h", urls, "-d", "0"], stderr=subprocess.PIPE
        )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", plain), timeout=1).close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise AssertionError(f"slapd does not start: see {self.config}") from None
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=STARTS_WITHIN_S)
            self.process = None

    def _config(self) -> str:
        includes = "\n".join(f"include /etc/ldap/schema/{name}.schema" for name in SCHEMAS)
        tls = (
            f"TLSCertificateFile {self.home}/localhost.pem\nTLSCertificateKeyFile {self.home}/localhost.key\n"
            if self.tls
            else ""
        )
        return f"""{includes}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {self.home}/pid
allow bind_anon_cred bind_anon_dn
{tls}
database mdb
suffix "{SUFFIX}"
directory {self.home}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{SEARCHER}" read by anonymous auth by * none
"""

    def _load(self) -> None:
        slapadd = self.home / "slapadd"
        slapadd.symlink_to(self.program)
        subprocess.run(
            [slapadd, "-f", self.config, "-q"], input=ENTRIES.encode(), check=True, capture_output=True
        )


def slapd_program() -> str:
    """Return where slapd is; these tests do not run without one."""
    found = shutil.which("slapd") or shutil.which("slapd", path="/usr/sbin:/usr/local/sbin")
    assert found, "these tests need slapd: install the package slapd"
    return found


def free_port() -> int:
    """Return a port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_ca(home: Path, host: str) -> Path:
    """Make a CA, and a certificate of a host in HOST.pem and HOST.key; return the CA's file."""
    ca_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"CA of {home.name}")])
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    ca = _certificate(ca_name, ca_name, ca_key, ca_key, x509.BasicConstraints(ca=True, path_length=None))
    certificate = _certificate(name, ca_name, key, ca_key, x509.SubjectAlternativeName([x509.DNSName(host)]))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    (home / "ca.pem").write_bytes(ca.public_bytes(pem))
    (home / f"{host}.pem").write_bytes(certificate.public_bytes(pem))
    (home / f"{host}.key").write_bytes(private)
    return home / "ca.pem"


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    )
    return made.sign(signer, hashes.SHA256())
