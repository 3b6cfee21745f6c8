"""Signed tokens (JWS) and key sets (JWKS) by `cryptography` alone, so that what reads them is held to the RFCs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True)
class Signer:
    """One key pair of an issuer.

    Attributes:
        name: its `kid`; None: it has none.
        algorithm: RS256, PS256, ES256 or EdDSA.
    """

    name: str | None
    algorithm: str
    key: Any

    @classmethod
    def new(cls, name: str | None = "one", algorithm: str = "RS256", bits: int = 2048) -> Signer:
        if algorithm in ("RS256", "PS256"):
            return cls(name, algorithm, rsa.generate_private_key(65537, bits))
        made = ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else ed25519.Ed25519PrivateKey.generate()
        return cls(name, algorithm, made)

    @property
    def published(self) -> dict[str, str]:
        """The public key as a JWK (RFC 7517, RFC 7518, RFC 8037)."""
        public = self.key.public_key()
        if self.algorithm in ("RS256", "PS256"):
            numbers = public.public_numbers()
            found = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        elif self.algorithm == "ES256":
            numbers = public.public_numbers()
            found = {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
        else:
            raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
            found = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
        return {**found, "use": "sig", **({"kid": self.name} if self.name is not None else {})}

    def token(self, claims: Any, **header: Any) -> str:
        """A token of these claims; `header` adds to its header or replaces what stands there (None: leaves it away)."""
        whole = {"alg": self.algorithm, "typ": "JWT", "kid": self.name, **header}
        text = _signed_text({key: value for key, value in whole.items() if value is not None}, claims)
        return f"{text}.{b64(self._signature(text.encode()))}"

    def _signature(self, data: bytes) -> bytes:
        if self.algorithm == "RS256":
            return self.key.sign(data, padding.PKCS1v15(), SHA256())
        if self.algorithm == "PS256":
            return self.key.sign(data, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
        if self.algorithm == "ES256":
            r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self.key.sign(data)


def unsigned(claims: Any, **header: Any) -> str:
    """A token of the algorithm "none"."""
    return _signed_text({"alg": "none", **header}, claims) + "."


def by_secret(claims: Any, secret: bytes, **header: Any) -> str:
    """A token of HS256: with a public key for the secret, the confusion of RFC 8725, section 2.1."""
    text = _signed_text({"alg": "HS256", **header}, claims)
    return f"{text}.{b64(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def b64(data: bytes) -> str:
    """base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, size: int = 0) -> str:
    """base64url of a number's bytes, at least `size` of them (RFC 7518)."""
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def _signed_text(header: dict[str, Any], claims: Any) -> str:
    return ".".join(b64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
