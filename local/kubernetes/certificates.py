"""A certificate authority for each cluster, and what its API server shows: made at start-up, good for two days."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = dt.timedelta(days=2)
# The signed time lies a little back, for clocks that do.
_BACK = dt.timedelta(minutes=5)
_SIGNING = {"digital_signature": True, "key_cert_sign": True, "crl_sign": True}
_SERVING = {"digital_signature": True, "key_cert_sign": False, "crl_sign": False}


@dataclass(frozen=True)
class Authority:
    """The authority of a cluster, as PEM, and the server context of its API server."""

    certificate: bytes
    context: ssl.SSLContext


def make_authority(*, now: dt.datetime | None = None, expired: bool = False) -> Authority:
    """An authority and a certificate for 127.0.0.1; `expired` makes one that ended an hour ago."""
    until = (now or dt.datetime.now(dt.UTC)) + (dt.timedelta(hours=-1) if expired else _LIFETIME)
    since = until - _LIFETIME - _BACK
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = _name("kubernetes")
    authority = (
        _builder(name, name, authority_key.public_key(), authority_key.public_key(), since, until, _SIGNING)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    addresses = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    server = (
        _builder(_name("kube-apiserver"), name, key.public_key(), authority_key.public_key(), since, until, _SERVING)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return Authority(_pem(authority), _context(_pem(server), _private(key)))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    since: dt.datetime,
    until: dt.datetime,
    usage: dict[str, bool],
) -> x509.CertificateBuilder:
    unused = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
         "decipher_only"), False
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.KeyUsage(**unused, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    kind, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, kind, none)


def _context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # The ssl module reads key and certificate from a file only; it is gone before the server listens.
    with tempfile.TemporaryDirectory(prefix="kube-apiserver-") as directory:
        file = Path(directory) / "server.pem"
        file.touch(mode=0o600)
        file.write_bytes(key + certificate)
        context.load_cert_chain(file)
    return context
