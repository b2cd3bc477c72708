"""Certificates of the tests' own: good ones, and those with one fault."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PEM = serialization.Encoding.PEM
DAY = dt.timedelta(days=1)
KINDS = ("good", "expired", "early", "elsewhere", "unknown")


class Authority:
    """An authority, in the file `ca`, which signs certificates for localhost."""

    def __init__(self, home: Path, name: str = "the tests' authority") -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.ca = home / "ca.pem"
        made = self._builder(self.name, self.key, -DAY, 2 * DAY).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.ca.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(PEM))

    def issue(self, kind: str = "good") -> Path:
        """Return the file of a certificate, with its key in it, which has the fault `kind`."""
        if kind == "unknown":
            return Authority(self.home / "other", "a stranger").issue()
        begins, ends = {"expired": (-3 * DAY, -DAY), "early": (DAY, 2 * DAY)}.get(kind, (-DAY, 2 * DAY))
        host = "elsewhere.example.org" if kind == "elsewhere" else "localhost"
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        made = self._builder(subject, key, begins, ends).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False
        )
        private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        found = self.home / f"{kind}.pem"
        found.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(PEM) + private)
        return found

    def context(self, kind: str = "good") -> ssl.SSLContext:
        """Return what a server speaks TLS with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.issue(kind))
        return context

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, begins: dt.timedelta, ends: dt.timedelta
    ) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins)
            .not_valid_after(now + ends)
        )
