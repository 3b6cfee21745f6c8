"""Stand-ins for patient identifiers, by a keyed hash, and the file of the key.

Without the key nobody can tell by trying identifiers whose an image is; with the same key the same patient has the
same stand-in in every set.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from pathlib import Path

from mammoganesis import disk
from mammoganesis.errors import ConfigurationError, DataError
from mammoganesis.files import Location

DEFAULT_FILE = "~/.local/share/mammoganesis/pseudonym.key"  # where none is asked for
KEY_BYTES = 32
DIGITS = 16  # of a pseudonym: 64 bits, so that among a million patients hardly ever two share one


def pseudonym(patient: str, key: bytes) -> str:
    """The stand-in for a patient identifier: HMAC-SHA256 (RFC 2104), 16 hexadecimal digits; empty for an empty one."""
    return _keyed(key, "patient", patient) if patient else ""


def fingerprint(key: bytes) -> str:
    """What tells two keys apart without telling anything of them: 16 hexadecimal digits."""
    return _keyed(key, "fingerprint", "")


def _keyed(key: bytes, purpose: str, text: str) -> str:
    return hmac.digest(key, f"mammoganesis {purpose}\0{text}".encode(), hashlib.sha256).hex()[:DIGITS]


def key_of(path: Path | None, out: Location) -> tuple[bytes, str]:
    """The key in a file, which is made where there is none: 64 hexadecimal digits, for its owner alone.

    Args:
        path: the file; None for `DEFAULT_FILE`.
        out: the folder of the set, which the key must not lie in; of one elsewhere it cannot.

    Returns:
        the key, and what is to be said of it; empty for nothing.

    Raises:
        ConfigurationError: the file lies inside the set.
        DataError: it cannot be read or made, or holds no key.
    """
    file = Path(DEFAULT_FILE).expanduser() if path is None else path
    if isinstance(out, Path) and out.resolve() in file.resolve().parents:
        raise ConfigurationError(
            f"--pseudonym-key is {file}, inside the set; it must lie elsewhere: who has both knows the patients"
        )
    try:
        made = disk.write_secret(file, (secrets.token_hex(KEY_BYTES) + "\n").encode())
        text = file.read_text(encoding="ascii").strip()
        open_to_others = file.stat().st_mode & 0o077
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: the key of pseudonyms cannot be read or made ({error})") from error
    if not re.fullmatch(f"[0-9a-f]{{{2 * KEY_BYTES}}}", text):
        raise DataError(f"{file}: holds no key of pseudonyms; {2 * KEY_BYTES} hexadecimal digits are needed")
    said = f"made the key of pseudonyms, {file}; keep it for sets of the same patients, and away from them"
    if not made:
        said = f"{file}: the key of pseudonyms can be read by others than its owner" if open_to_others else ""
    return bytes.fromhex(text), said
