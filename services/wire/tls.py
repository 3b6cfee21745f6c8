"""TLS of gRPC: what a server shows, what a client trusts, and why the two do not come together."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from mammoganesis.errors import InvalidArgument
from services.observability.occasionally import Occasionally
from services.process.certificates import ServerCertificate, Shown, read_authorities, read_pair
from services.process.config import Config
from services.process.settings.protection import SYSTEM

logger = logging.getLogger(__name__)

LOOK_SECONDS = 3.0
"""For each step of a look at why a connection does not come about."""
_HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)  # with empty SETTINGS (RFC 9113)
# OpenSSL's numbers (openssl/x509_vfy.h) of what a certificate lacks.
_NOT_YET, _EXPIRED, _OTHER_NAMES = 9, 10, (62, 64)


_File = str | os.PathLike[str] | None


@dataclass(frozen=True)
class Trust:
    """What a client of the edge trusts and shows.

    Attributes:
        ca_file: PEM certificates of authorities; SYSTEM: those of the machine.
        certificate_file, key_file: PEM of the client's own certificate and key; None: it has none.
        server_name: that the server's certificate must have; "": the one that is dialled.
    """

    ca_file: Path
    certificate_file: Path | None = None
    key_file: Path | None = None
    server_name: str = ""

    @classmethod
    def of(cls, config: Config) -> Trust | None:
        """Of our own processes as clients of the edge; None without TLS."""
        if config.tls_ca_file is None:
            return None
        pair = config.tls_client_certificate_file, config.tls_client_key_file
        return cls(config.tls_ca_file, *pair, config.tls_server_name)

    @classmethod
    def given(cls, ca: _File, certificate: _File = None, key: _File = None, server_name: str = "") -> Trust | None:
        """As a client names them; None without `ca`. Raises InvalidArgument for what goes with one that is missing."""
        if (certificate is None) != (key is None):
            missing = "key" if key is None else "certificate"
            raise InvalidArgument(missing, None, "a PEM file: certificate and key of a client go together")
        if ca is None:
            for name, value in (("certificate", certificate), ("server_name", server_name or None)):
                if value is not None:
                    raise InvalidArgument(
                        name, value, 'nothing, without ca (a PEM file, or "system"): it goes with TLS'
                    )
            return None
        shown, own_key = (None if file is None else Path(file) for file in (certificate, key))
        return cls(Path(ca), shown, own_key, server_name)

    def credentials(self) -> grpc.ChannelCredentials:
        """For a channel. Raises InvalidArgument, by the setting's name, for a file that is not what it has to be."""
        authorities = _authorities(self.ca_file)
        if self.certificate_file is None or self.key_file is None:
            return grpc.ssl_channel_credentials(authorities)
        certificate, key = read_pair("tls_client_certificate_file", self.certificate_file, self.key_file)
        return grpc.ssl_channel_credentials(authorities, key, certificate)

    def options(self) -> list[tuple[str, str]]:
        """Of a channel, beside its own."""
        return [("grpc.ssl_target_name_override", self.server_name)] if self.server_name else []


def open_channel(address: str, options: Sequence[tuple[str, Any]], trust: Trust | None) -> grpc.Channel:
    """A channel, with TLS where there is `trust`. Raises InvalidArgument as `Trust.credentials`."""
    if trust is None:
        return grpc.insecure_channel(address, options)
    return grpc.secure_channel(address, trust.credentials(), [*options, *trust.options()])


def open_aio_channel(address: str, options: Sequence[tuple[str, Any]], trust: Trust | None) -> grpc.aio.Channel:
    """The same for asyncio."""
    if trust is None:
        return grpc.aio.insecure_channel(address, options)
    return grpc.aio.secure_channel(address, trust.credentials(), [*options, *trust.options()])


def server_credentials(certificate: ServerCertificate) -> grpc.ServerCredentials:
    """Of a server that shows a certificate, and takes up a renewed one with the next connection. It asks for client
    certificates, and refuses who has none, where `certificate` names their authorities: gRPC can ask everybody or
    nobody."""
    lines = Occasionally()

    def configuration(shown: Shown) -> Any:
        return grpc.ssl_server_certificate_configuration([(shown.key, shown.certificates)], shown.client_ca)

    def renewed() -> Any:
        try:
            shown = certificate.renewed()
        except InvalidArgument as error:
            if (more := lines.due("refused")) is not None:
                logger.error("tls: the certificate in use is kept: %s%s", error.message, more)
            return None
        if shown is None:
            return None
        logger.info("tls: a renewed certificate is shown from now on")
        return configuration(shown)

    shown = certificate.shown
    return grpc.dynamic_ssl_server_credentials(configuration(shown), renewed, shown.client_ca is not None)


def trouble(address: str, trust: Trust | None) -> str | None:
    """Why a client cannot come together with the server at `address`, looked at by a connection of its own: a sentence
    for a person; None where TLS is not what keeps them apart, such as where nothing listens.

    Args:
        address: host:port, as a channel is opened to.
        trust: of the client; None: it does not use TLS.
    """
    place = re.fullmatch(r"(?:dns:(?://[^/]*/)?|ipv4:|ipv6:)?(.+):(\d+)", address)
    if place is None:
        return None
    host, port = place[1].strip("[]"), int(place[2])
    try:
        with socket.create_connection((host, port), LOOK_SECONDS) as connection:
            return _trouble_over(connection, address, host, trust)
    except OSError:
        return None


def _trouble_over(connection: socket.socket, address: str, host: str, trust: Trust | None) -> str | None:
    context = ssl.create_default_context() if trust is None else _context(trust)
    if trust is None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    try:
        with context.wrap_socket(connection, server_hostname=(trust and trust.server_name) or host) as secured:
            if trust is None:
                return (
                    f"{address} speaks TLS: name the file of its authority with --ca (Client.connect's ca, "
                    "MAMMOGANESIS_TLS_CA_FILE)"
                )
            return _refusal_over(secured, address, trust)
    except ssl.SSLCertVerificationError as error:
        return _untrusted(address, host, trust, error)
    except (ssl.SSLError, ConnectionError, TimeoutError) as error:
        if trust is None:
            return None  # it does not speak TLS either
        alert = getattr(error, "reason", None) or ""
        if "ALERT" in alert:
            return f"{address} refuses the connection's TLS ({alert.lower().replace('_', ' ')})"
        return f"{address} does not speak TLS: leave --ca (Client.connect's ca, MAMMOGANESIS_TLS_CA_FILE) away"


def _refusal_over(secured: ssl.SSLSocket, address: str, trust: Trust) -> str | None:
    """With TLS 1.3 a server says only after the handshake what it thinks of the client's certificate."""
    refused = True
    with contextlib.suppress(OSError):
        secured.sendall(_HTTP2_PREFACE)
        refused = not secured.recv(1)
    if not refused:
        return None
    if trust.certificate_file is None:
        return (
            f"{address} wants a client certificate: give --certificate and --key (MAMMOGANESIS_TLS_CLIENT_CERTIFICATE_"
            "FILE and MAMMOGANESIS_TLS_CLIENT_KEY_FILE)"
        )
    return (
        f"{address} does not take the client certificate in {trust.certificate_file}: it has expired, or is of an "
        "authority that is not known there"
    )


def _untrusted(address: str, host: str, trust: Trust | None, error: ssl.SSLCertVerificationError) -> str:
    code, whose = error.verify_code, f"the certificate of {address}"
    if code in _OTHER_NAMES:
        wanted = (trust and trust.server_name) or host
        return (
            f"{whose} is not for the name {wanted}: dial a name that it has, or say which it has with --server-name "
            "(MAMMOGANESIS_TLS_SERVER_NAME)"
        )
    if code in (_NOT_YET, _EXPIRED):
        return f"{whose} {'has expired' if code == _EXPIRED else 'is not valid yet'}, by this machine's clock"
    known = trust.ca_file if trust else SYSTEM
    named = "the authorities of this machine" if known == SYSTEM else f"an authority in {known}"
    return f"{whose} is not by {named} ({error.verify_message}): name its authority's file with --ca"


def _context(trust: Trust) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    authorities = _authorities(trust.ca_file)
    if authorities is not None:
        context.load_verify_locations(cadata=authorities.decode())
    if trust.certificate_file is not None and trust.key_file is not None:
        context.load_cert_chain(trust.certificate_file, trust.key_file, password=lambda: b"")
    return context


def _authorities(ca_file: Path) -> bytes | None:
    """PEM; None where the machine has no list of its own, for the one that gRPC brings."""
    if ca_file != SYSTEM:
        return read_authorities("tls_ca_file", ca_file)
    found = ssl.get_default_verify_paths().cafile
    return Path(found).read_bytes() if found and os.path.isfile(found) else None
