"""A second reading of an exported audit log: the rule of docs/security.md, written without the product's code."""

from __future__ import annotations

import base64
import hashlib
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def broken_at(file: bytes, public_key: bytes | None = None) -> int | None:
    """The first line, from 1, that does not follow from the lines before it; None for a log that is whole: each line's
    entry is hashed as it stands there, byte for byte."""
    number, hashed = None, None
    due = False
    for place, line in enumerate(file.splitlines(), 1):
        parsed = json.loads(line)
        if "checkpoint" in parsed:
            point = parsed["checkpoint"]
            if number is not None and (point["number"], point["hash"]) != (number, hashed):
                return place
            if public_key is not None and not _is_signed(point, public_key):
                return place
            number, hashed, due = point["number"], point["hash"], False
            continue
        text = re.fullmatch(rb'\{"entry":(\{.*\}),"hash":"([0-9a-f]{64})"\}', line)
        entry = parsed["entry"]
        if due or text is None or hashlib.sha256(text[1]).hexdigest() != text[2].decode():
            return place
        if number is None or entry["number"] != number + 1 or entry["previous"] != hashed:
            return place
        number, hashed = entry["number"], text[2].decode()
        due = number % 1000 == 0
    return None


def _is_signed(point: dict, public_key: bytes) -> bool:
    said = {name: point[name] for name in ("number", "hash", "at", "pruned")}
    said["purpose"] = "mammoganesis audit checkpoint 1"
    algorithm, key, signature = point["signature"].split(":")
    try:
        statement = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
        Ed25519PublicKey.from_public_bytes(public_key).verify(base64.b64decode(signature), statement)
    except InvalidSignature:
        return False
    return algorithm == "ed25519" and key == hashlib.sha256(public_key).hexdigest()[:16]
