"""Keys by which images are signed, and known."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, model_validator

from services.process.fields import check_pair, setting


class ProvenanceSettings(BaseModel):
    """Keys by which images are signed, and known."""

    signing_key_file: Path | None = setting(
        "File of the operator's private key, by which images are signed: PEM, Ed25519. None: they are not.",
        None,
        "a file",
    )
    signing_public_keys_file: Path | None = setting(
        "File of public keys (PEM) whose signatures are known too: those of before a change of keys. None: no others.",
        None,
        "a file",
    )
    c2pa_certificates_file: Path | None = setting(
        "File of a PEM chain of certificates, the signer's first, by which PNG files get a C2PA manifest; needs "
        "c2pa-python. None: they get none.",
        None,
        "a file",
    )
    c2pa_key_file: Path | None = setting(
        "File of the private key of the first certificate: PEM, P-256 or Ed25519. None: PNG files get no manifest.",
        None,
        "a file",
    )

    @model_validator(mode="after")
    def _certificates_and_key(self) -> Self:
        check_pair(self, "c2pa_certificates_file", "c2pa_key_file")
        return self
