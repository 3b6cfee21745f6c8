"""Signatures, held against OpenSSL, which makes the keys and checks what is signed."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.signature import SignatureState, Signer, by_id, check, key_id, public_keys, statement
from tests.support.keys import new_key

SAID = ('{"seed":7}', "d" * 64, "p" * 64)


def test_openssl_confirms_what_is_signed_and_refuses_it_for_another_image(tmp_path: Path) -> None:
    private, public = new_key(tmp_path, "one")
    algorithm, name, signature = Signer(private).sign(*SAID).split(":")
    assert (algorithm, name) == ("ed25519", key_id(public_keys(public)[0]))
    (tmp_path / "signature").write_bytes(base64.b64decode(signature))
    for said, right in ((SAID, True), (('{"seed":8}', *SAID[1:]), False), ((*SAID[:2], "q" * 64), False)):
        (tmp_path / "said").write_bytes(statement(*said))
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-in", tmp_path / "said"]
        confirmed = subprocess.run([*command, "-sigfile", tmp_path / "signature"], capture_output=True)
        assert (confirmed.returncode == 0) is right


def test_keys_of_before_a_change_are_known_and_others_are_not(tmp_path: Path) -> None:
    (old, old_public), (new, new_public), (_, foreign) = (new_key(tmp_path, name) for name in ("old", "new", "foreign"))
    both = tmp_path / "both.pem"
    both.write_bytes(new_public.read_bytes() + b"\n" + old_public.read_bytes())
    keys = by_id(public_keys(both))
    for signer in (Signer(old), Signer(new)):
        signed = signer.sign(*SAID)
        assert check(signed, *SAID, keys).state is SignatureState.RIGHT
        assert check(signed, *SAID, by_id(public_keys(foreign))).state is SignatureState.UNKNOWN_KEY
        assert check(signed, SAID[0], "e" * 64, SAID[2], keys).state is SignatureState.WRONG
        assert check(f"{signed[:-8]}AAAAAAA=", *SAID, keys).state is SignatureState.WRONG
    assert check("", *SAID, keys).state is SignatureState.NONE
    for nonsense in ("ed25519", "rsa:1:2", f"ed25519:{key_id(public_keys(both)[0])}:%%%"):
        assert check(nonsense, *SAID, keys).state is SignatureState.WRONG


def test_what_is_no_key_is_refused_without_showing_what_stands_there(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    rsa = ["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-out", str(tmp_path / "rsa.pem")]
    subprocess.run(rsa, check=True, capture_output=True)
    bad.write_text("secret-words")
    for file in (bad, tmp_path / "rsa.pem", tmp_path / "nowhere.pem"):
        for read in (Signer, public_keys):
            with pytest.raises(InvalidArgument) as caught:
                read(file)
            assert "secret-words" not in caught.value.message
            assert "MAMMOGANESIS_SIGNING" in caught.value.message
