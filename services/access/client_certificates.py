"""Who shows a client certificate: a file says which names and fingerprints have which roles.

The handshake has judged the certificate by then: it is by an authority that is trusted here, and has not expired.
"""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import Mapping, Sequence

from mammoganesis.errors import InvalidArgument
from mammoganesis.json_text import NotJson, read_json
from services.access import claims
from services.access.principals import MAX_CHARACTERS, Principal, Role

ISSUER = "certificate"
ALLOWED = (
    "a JSON object of a certificate's names, or sha256: and the 64 hexadecimal digits of its fingerprint, and the "
    f'roles of each, such as {{"lms.example.org": ["educator"]}}; roles: {", ".join(Role)}'
)
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")

Roles = Mapping[str, frozenset[Role]]


def bearer_of(pem: bytes, names: Sequence[str], roles: Roles) -> Principal:
    """Who shows a certificate. Where nothing is said of it, it is somebody without a role.

    Args:
        pem: the certificate.
        names: of it: its subject alternative names; where it has none, its common name.
        roles: of names and fingerprints; the fingerprint goes before the names, and the first name before others.
    """
    fingerprint = f"sha256:{hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode('ascii'))).hexdigest()}"
    known = [name for name in (fingerprint, *names) if name in roles]
    usable = [name for name in names if 0 < len(name) <= MAX_CHARACTERS]
    if known and known[0] == fingerprint:
        return Principal(ISSUER, next(iter(usable), fingerprint), roles[fingerprint])
    subject = next((name for name in known if name in usable), next(iter(usable), fingerprint))
    return Principal(ISSUER, subject, roles.get(subject, frozenset()))


def read_roles(content: bytes, name: str) -> Roles:
    """What a file of roles of certificates says.

    Args:
        name: of the setting that names it, for errors.

    Raises:
        InvalidArgument: it says something else.
    """
    try:
        found = claims.read_roles(read_json(content), name, ALLOWED)
    except NotJson as error:
        raise InvalidArgument(name, str(error), ALLOWED) from None
    for key in found:
        if key.startswith("sha256:") and not _FINGERPRINT.fullmatch(key):
            raise InvalidArgument(f"{name}: {key}", key, "sha256: and 64 small hexadecimal digits, without colons")
    return found
