"""A server's certificate and key, in files that are looked at again while it runs."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

from mammoganesis.errors import InvalidArgument
from mammoganesis.private_files import warn_of_readers
from services.observability import metrics, table
from services.process.config import Config, variable

Stamp = tuple[tuple[int, int, int], ...]
"""Time of change, size and inode of each file: another one when a file was replaced, also behind a link."""


@dataclass(frozen=True)
class Shown:
    """What a server shows.

    Attributes:
        certificates: PEM chain, the server's own first.
        key: PEM of its private key.
        client_ca: PEM of the authorities whose client certificates are taken; None: none are asked for.
        context: for a server of Python's own, TLS 1.2 and later, with certificate and key.
    """

    certificates: bytes
    key: bytes
    client_ca: bytes | None
    context: ssl.SSLContext


class ServerCertificate:
    """Certificate and key of a server.

    Args:
        certificate_file, key_file, client_ca_file: PEM.

    Raises:
        InvalidArgument: a file cannot be read, is none, or the key is another certificate's.
    """

    def __init__(self, certificate_file: Path, key_file: Path, client_ca_file: Path | None = None) -> None:
        self._files = {"tls_certificate_file": certificate_file, "tls_key_file": key_file}
        if client_ca_file is not None:
            self._files["tls_client_ca_file"] = client_ca_file
        self._stamp = self._stamped()
        self.shown = self._read()

    @classmethod
    def of(cls, config: Config, client_ca_file: Path | None = None) -> ServerCertificate | None:
        """Of the configuration; None where TLS is off."""
        if config.tls_certificate_file is None or config.tls_key_file is None:
            return None
        return cls(config.tls_certificate_file, config.tls_key_file, client_ca_file)

    def renewed(self) -> Shown | None:
        """What is to be shown from now on, where a file has changed since the last question; else None.

        Raises:
            InvalidArgument: what stands in the files now cannot be shown; `shown` is as it was. Not said again before
                they change again.
        """
        stamp = self._stamped()
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        self.shown = self._read()
        return self.shown

    @staticmethod
    def new_context() -> ssl.SSLContext:
        """Of a server that speaks HTTP/1.1 over TLS 1.2 and later; without a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _stamped(self) -> Stamp:
        stamps = []
        for file in self._files.values():
            try:
                found = os.stat(file)
                stamps.append((found.st_mtime_ns, found.st_size, found.st_ino))
            except OSError:
                stamps.append((0, 0, 0))
        return tuple(stamps)

    def _read(self) -> Shown:
        pems = {name: _pem(name, file) for name, file in self._files.items()}
        context = self.new_context()
        _load(context, "tls", self._files["tls_certificate_file"], self._files["tls_key_file"])
        metrics.level(table.CERTIFICATE_EXPIRES, _ends_at(pems["tls_certificate_file"]))
        client_ca = pems.get("tls_client_ca_file")
        if client_ca is not None:
            check_authorities("tls_client_ca_file", self._files["tls_client_ca_file"], client_ca)
        return Shown(pems["tls_certificate_file"], pems["tls_key_file"], client_ca, context)


def _ends_at(pem: bytes) -> float:
    """When the first certificate ends: seconds since 1970."""
    from cryptography import x509  # not where TLS is off

    return x509.load_pem_x509_certificates(pem)[0].not_valid_after_utc.timestamp()


def read_authorities(setting: str, file: Path) -> bytes:
    """PEM certificates of authorities. Raises InvalidArgument, by the name of the setting, for a file without any."""
    pem = _pem(setting, file)
    check_authorities(setting, file, pem)
    return pem


def check_authorities(setting: str, file: Path, pem: bytes) -> None:
    """Raises InvalidArgument where there is no certificate in `pem`."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem.decode())
    except (ssl.SSLError, UnicodeDecodeError):
        raise InvalidArgument(variable(setting), file, "a file of certificates as PEM") from None


def read_pair(certificate_setting: str, certificate_file: Path, key_file: Path) -> tuple[bytes, bytes]:
    """PEM of a certificate and of its key; raises InvalidArgument as `ServerCertificate` does."""
    pair = _pem(certificate_setting, certificate_file), _pem(_key_of(certificate_setting), key_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _load(context, certificate_setting.removesuffix("_certificate_file"), certificate_file, key_file)
    return pair


def _load(context: ssl.SSLContext, settings: str, certificate_file: Path, key_file: Path) -> None:
    certificate, key = f"{settings}_certificate_file", f"{settings}_key_file"
    try:
        context.load_cert_chain(certificate_file, key_file, password=lambda: b"")  # never asks at a terminal
        warn_of_readers(key_file, variable(key), "the private key")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            allowed = f"the private key of the certificate in {variable(certificate)} ({certificate_file})"
            raise InvalidArgument(variable(key), key_file, allowed) from None
        allowed = f"a certificate and, in {variable(key)} ({key_file}), its private key without a password, both as PEM"
        raise InvalidArgument(variable(certificate), certificate_file, allowed) from None
    except OSError as error:  # gone at this very moment
        raise InvalidArgument(variable(certificate), certificate_file, f"a file that can be read ({error})") from None


def _key_of(certificate_setting: str) -> str:
    return certificate_setting.replace("_certificate_file", "_key_file")


def _pem(setting: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        allowed = f"a file that can be read ({os.strerror(error.errno or 0)})"
        raise InvalidArgument(variable(setting), file, allowed) from None
