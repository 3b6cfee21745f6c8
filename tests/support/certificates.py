"""Chains of certificates as C2PA wants them, or with one flaw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

SIGNER = "Department of Tests"


@dataclass(frozen=True)
class Chain:
    """Files of PEM."""

    certificates: Path  # the signer's, then the root's
    key: Path  # the signer's
    root: bytes  # the root's certificate


def new_chain(
    folder: Path, algorithm: str = "es256", purpose: bool = True, expired: bool = False, ocsp: str = ""
) -> Chain:
    """A chain of two.

    Args:
        algorithm: "es256" or "ed25519".
        purpose: whether the signer's certificate has one that C2PA allows.
        ocsp: address at which the certificate's status is to be asked for.
    """
    root, leaf = _key(algorithm), _key(algorithm)
    hashing = SHA256() if algorithm == "es256" else None
    issuer = _certificate("Root", "Root", root, days=3650)
    issuer = issuer.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    issuer = issuer.add_extension(_usage(signs=False), critical=True)
    issuer = issuer.add_extension(x509.SubjectKeyIdentifier.from_public_key(root.public_key()), critical=False)
    signer = _certificate(SIGNER, "Root", leaf, days=-1 if expired else 365)
    signer = signer.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    signer = signer.add_extension(_usage(signs=True), critical=True)
    signer = signer.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
    if purpose:
        signer = signer.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    if ocsp:
        asked = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp))
        signer = signer.add_extension(x509.AuthorityInformationAccess([asked]), critical=False)
    made = [builder.sign(root, hashing).public_bytes(Encoding.PEM) for builder in (signer, issuer)]
    chain = Chain(folder / f"{algorithm}-chain.pem", folder / f"{algorithm}-key.pem", made[1])
    chain.certificates.write_bytes(b"".join(made))
    chain.key.write_bytes(leaf.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain


def _key(algorithm: str) -> ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey:
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "es256" else ed25519.Ed25519PrivateKey.generate()


def _name(common: str) -> x509.Name:
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Hospital")
    return x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signs,
        crl_sign=not signs,
        encipher_only=False,
        decipher_only=False,
    )
