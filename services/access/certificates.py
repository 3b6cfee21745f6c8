"""Certificates for trying TLS out, or for an instance that nobody else has to trust: an authority of its own (X.509,
RFC 5280), and certificates of servers and clients that it signs."""

from __future__ import annotations

import datetime
import ipaddress
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mammoganesis import disk, files
from mammoganesis.errors import FailedPrecondition, InvalidArgument

AUTHORITY_DAYS = 3_650
DAYS = 397
"""Of a certificate: what browsers take at most of a public authority."""
CA, SERVER = "ca", "server"
CLIENT = "client-"
_CLIENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
_HOST = re.compile(r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_-]{1,63})*\.?", re.ASCII)
_EARLIER = datetime.timedelta(minutes=10)
"""Before which a certificate is not valid: clocks differ."""


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes

    @classmethod
    def read(cls, folder: Path, name: str) -> Pair:
        """Raises FailedPrecondition where the two files are not there, or are not what they have to be."""
        try:
            certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
            key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise FailedPrecondition(f"{folder}: no certificate and key {name}.pem and {name}.key ({error})") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise FailedPrecondition(f"{folder / name}.key: a key of another kind than this command makes (P-256)")
        return cls(certificate, key)

    def write(self, folder: Path, name: str) -> None:
        """The key first, readable by its owner alone."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        disk.write_secret(folder / f"{name}.key", key, replace=True)
        files.write(folder / f"{name}.pem", self.certificate.public_bytes(serialization.Encoding.PEM))


def make(folder: Path, hosts: Sequence[str], clients: Sequence[str], days: int = DAYS) -> list[str]:
    """A new authority in `folder`, a server's certificate for `hosts`, and one for each of `clients`.

    Args:
        folder: made with mode 700; it must not hold any of the files yet.
        hosts: host names and IP addresses by which the server is dialled.
        clients: names, as the edge will know them.
        days: that the certificates are valid; the authority is for AUTHORITY_DAYS.

    Returns:
        The names of the files without their endings, in the order in which they were made.

    Raises:
        FailedPrecondition: one of the files is there.
        InvalidArgument: a host or a name is none.
    """
    names = [CA, SERVER, *(f"{CLIENT}{_client(client)}" for client in clients)]
    alternatives = _alternatives(hosts)
    _refuse_existing(folder, names)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = _authority()
    authority.write(folder, CA)
    _server(authority, alternatives, days).write(folder, SERVER)
    for client in clients:
        _of_client(authority, client, days).write(folder, f"{CLIENT}{client}")
    return names


def renew(folder: Path, hosts: Sequence[str], clients: Sequence[str], days: int = DAYS) -> list[str]:
    """New certificates and keys in `folder`, by the authority that is there: of the server, of each client that is
    there, and of `clients` that are new. Who trusts the authority goes on trusting them.

    Args:
        hosts: in place of those that the server's certificate has; none: the same.

    Raises:
        FailedPrecondition: there is no authority, or it is valid no longer than its certificates would be.
        InvalidArgument: as `make`.
    """
    authority = Pair.read(folder, CA)
    end = authority.certificate.not_valid_after_utc
    if end < _now() + datetime.timedelta(days=days):
        raise FailedPrecondition(
            f"{folder}: the authority is valid until {end:%Y-%m-%d}, not for {days} days; make a new one in another "
            "folder, and give its ca.pem to whoever trusts this one"
        )
    alternatives = _alternatives(hosts) if hosts else _names_of(Pair.read(folder, SERVER).certificate)
    known = sorted(file.stem.removeprefix(CLIENT) for file in folder.glob(f"{CLIENT}*.pem"))
    everyone = list(dict.fromkeys([*known, *map(_client, clients)]))
    _server(authority, alternatives, days).write(folder, SERVER)
    for client in everyone:
        _of_client(authority, client, days).write(folder, f"{CLIENT}{client}")
    return [SERVER, *(f"{CLIENT}{client}" for client in everyone)]


def names_of(pem: bytes) -> tuple[list[str], datetime.datetime]:
    """The names (subjectAltName) of the first certificate in `pem`, and until when it is valid. ValueError for none."""
    certificate = x509.load_pem_x509_certificate(pem)
    try:
        names = [str(name.value) for name in _names_of(certificate)]
    except x509.ExtensionNotFound:
        names = []
    return names, certificate.not_valid_after_utc


def _authority() -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"MammoGANesis authority {os.urandom(4).hex()}")])
    usage = _usage(key_cert_sign=True, crl_sign=True)
    certificate = (
        _begun(name, name, key, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pair(certificate, key)


def _server(authority: Pair, alternatives: x509.SubjectAlternativeName, days: int) -> Pair:
    # Our own processes show the server's certificate, too, where the edge asks its clients for one.
    purposes = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
    return _signed(authority, "MammoGANesis server", purposes, alternatives, days)


def _of_client(authority: Pair, client: str, days: int) -> Pair:
    name = x509.UniformResourceIdentifier(f"urn:mammoganesis:client:{client}")
    return _signed(authority, client, (ExtendedKeyUsageOID.CLIENT_AUTH,), x509.SubjectAlternativeName([name]), days)


def _signed(
    authority: Pair,
    name: str,
    purposes: Sequence[x509.ObjectIdentifier],
    alternatives: x509.SubjectAlternativeName,
    days: int,
) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = authority.certificate
    certificate = (
        _begun(subject, issuer.subject, key, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage(list(purposes)), critical=False)
        .add_extension(alternatives, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            critical=False,
        )
        .sign(authority.key, hashes.SHA256())
    )
    return Pair(certificate, key)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - _EARLIER)
        .not_valid_after(_now() + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(**uses: bool) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{**dict.fromkeys(every, False), **uses})


def _alternatives(hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    names: list[x509.GeneralName] = []
    for host in dict.fromkeys(hosts):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host.strip("[]"))))
        except ValueError:
            if not _HOST.fullmatch(host):
                allowed = "a host name or an IP address, without a port, such as mammo.example.org"
                raise InvalidArgument("host", host, allowed) from None
            names.append(x509.DNSName(host.lower()))
    return x509.SubjectAlternativeName(names)


def _names_of(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def _client(name: str) -> str:
    if not _CLIENT_NAME.fullmatch(name):
        allowed = 'letters, digits, ".", "_" and "-", 63 at most, a letter or a digit first'
        raise InvalidArgument("client", name, allowed)
    return name


def _refuse_existing(folder: Path, names: Sequence[str]) -> None:
    for file in (folder / f"{name}{ending}" for name in names for ending in (".pem", ".key")):
        if file.exists():
            raise FailedPrecondition(
                f"{file} is there already, and nothing is overwritten; --renew makes new certificates by the same "
                "authority"
            )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)
