"""Authorities and certificates made by openssl, and what it finds out about a server."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
LOOPBACK = "DNS:localhost,IP:127.0.0.1"


def openssl(*arguments: str | Path, said: str = "") -> str:
    """What openssl prints, on either stream; fails where it does."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here (Debian: apt-get install openssl)")
    run = subprocess.run(["openssl", *map(str, arguments)], input=said, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


@dataclass(frozen=True)
class Pair:
    """Files of a certificate and its key."""

    certificate: Path
    key: Path

    def put_at(self, place: Pair) -> None:
        """In place of what stands there: each file at once, one after the other."""
        for mine, there in ((self.key, place.key), (self.certificate, place.certificate)):
            new = there.with_name(there.name + ".new")
            shutil.copy(mine, new)
            new.replace(there)

    def copied(self, folder: Path) -> Pair:
        folder.mkdir()
        shutil.copy(self.certificate, folder)
        shutil.copy(self.key, folder)
        return Pair(folder / self.certificate.name, folder / self.key.name)


@dataclass(frozen=True)
class Authority:
    """In a folder of its own."""

    folder: Path

    @classmethod
    def new(cls, folder: Path) -> Authority:
        folder.mkdir()
        name = f"/CN=authority {folder.name}"
        openssl("req", "-x509", *_KEY, "-days", "30", "-subj", name, "-keyout", folder / "k", "-out", folder / "ca")
        return cls(folder)

    @property
    def file(self) -> Path:
        """Its certificate."""
        return self.folder / "ca"

    def pair(self, name: str, names: str = LOOPBACK, days: int = 5) -> Pair:
        """A certificate of the common name and of alternative names; `days` below 0: it has expired."""
        key, request, made, extensions = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem", "ext"))
        openssl("req", "-new", *_KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        extensions.write_text(f"subjectAltName={names}\n")
        signed = ("-CA", self.file, "-CAkey", self.folder / "k", "-CAcreateserial", "-extfile", extensions)
        if days >= 0:
            openssl("x509", "-req", "-in", request, *signed, "-days", str(days), "-out", made)
        else:
            self._sign_expired(request, extensions, made)
        return Pair(made, key)

    def _sign_expired(self, request: Path, extensions: Path, made: Path) -> None:
        """`openssl x509` knows no end in the past; `openssl ca` does."""
        (self.folder / "index").write_text("")
        settings = self.folder / "ca.cnf"
        settings.write_text(
            "[ca]\ndefault_ca=here\n[here]\n"
            f"database={self.folder}/index\nnew_certs_dir={self.folder}\nserial={self.folder}/serial\n"
            "default_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n"
        )
        (self.folder / "serial").write_text("7001\n")
        signed = ("-cert", self.file, "-keyfile", self.folder / "k", "-in", request, "-extfile", extensions)
        dates = ("-startdate", "20200101000000Z", "-enddate", "20200201000000Z")
        openssl("ca", "-batch", "-notext", "-config", settings, *signed, *dates, "-out", made)


def handshake(port: int, *options: str | Path) -> str:
    """What `openssl s_client` tells about a server of this machine, also about one that refuses it."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here (Debian: apt-get install openssl)")
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *map(str, options)]
    run = subprocess.run(command, input=b"", capture_output=True, timeout=60)
    return (run.stdout + run.stderr).decode(errors="replace")
