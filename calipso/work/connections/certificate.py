"""Certificates: what they say, and why one is refused."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .result import StepError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Name

_MANY = 5
_NOT_YET, _EXPIRED = 9, 10
_HOST, _ADDRESS = 62, 64
_SELF_SIGNED = 18
_AUTHORITY = {_SELF_SIGNED, 2, 19, 20, 21}
"""What OpenSSL's codes mean (X509_V_ERR_...)."""


def describe(der: bytes | None) -> str:
    """Return whose a certificate is, until when it is valid, and who signed it; `der` is its DER form."""
    found = _load(der)
    if found is None:
        return "that cannot be read"
    until = found.not_valid_after_utc
    return f"of {_names(found)}, valid until {until:%Y-%m-%d %H:%M} UTC, signed by {_name(found.issuer)}"


def refusal(error: ssl.SSLCertVerificationError, host: str, der: bytes | None) -> StepError:
    """Return the fault of a certificate that is not taken for `host`; `der` is the server's, if known."""
    found = _load(der)
    code = error.verify_code
    shown = f": it is {describe(der)}" if found else ""
    if code == _EXPIRED and (found is None or found.not_valid_after_utc < datetime.now(UTC)):
        ended = f" at {found.not_valid_after_utc:%Y-%m-%d %H:%M} UTC" if found else ""
        return StepError(
            f"the certificate has expired{shown}",
            f"the certificate of {host} expired{ended}: renew it there (or set the worker's clock, if that "
            "is wrong)",
        )
    if code == _EXPIRED:
        return StepError(
            f"the certificate of an authority has expired{shown}",
            f"the certificate of an authority that signed that of {host} expired: renew the chain there",
        )
    if code == _NOT_YET:
        begins = f" before {found.not_valid_before_utc:%Y-%m-%d %H:%M} UTC" if found else ""
        return StepError(
            f"the certificate is not valid yet{shown}",
            f"the certificate of {host} is not valid{begins}: check the clocks of the worker and of the "
            "server",
        )
    if code in (_HOST, _ADDRESS):
        names = _names(found) if found else "another host"
        return StepError(
            f"the certificate is not of {host}{shown}",
            f"the certificate is for {names}, and not for {host}: set `host` to a name that it bears, or "
            "issue one that bears this name",
        )
    if code in _AUTHORITY:
        signer = "nobody but itself" if code == _SELF_SIGNED else _name(found.issuer) if found else "somebody"
        return StepError(
            f"nobody whom the worker trusts signed the certificate{shown}",
            f"the certificate of {host} is signed by {signer}, whom the worker does not trust: have the "
            "worker trust that authority (in the system's certificates or SSL_CERT_FILE; cacert in "
            "clouds.yaml for OpenStack), or check that this is the right server",
        )
    return StepError(
        f"the certificate is refused: {error.verify_message}{shown}",
        f"the certificate of {host} is not good ({error.verify_message}): issue another one",
    )


def _load(der: bytes | None) -> Certificate | None:
    from cryptography.x509 import load_der_x509_certificate

    try:
        return None if der is None else load_der_x509_certificate(der)
    except ValueError:
        return None


def _names(found: Certificate) -> str:
    """Return the names and addresses that a certificate is for."""
    from cryptography.x509 import DNSName, ExtensionNotFound, IPAddress, SubjectAlternativeName

    try:
        others = found.extensions.get_extension_for_class(SubjectAlternativeName).value
    except (ExtensionNotFound, ValueError):
        return _name(found.subject)
    names = [
        *others.get_values_for_type(DNSName),
        *map(str, others.get_values_for_type(IPAddress)),
    ]
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return (", ".join(names[:_MANY]) + more) or _name(found.subject)


def _name(name: Name) -> str:
    from cryptography.x509 import NameOID

    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string() or "nobody"
