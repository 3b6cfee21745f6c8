"""What the launcher can know before it starts anything."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Callable
from datetime import UTC, datetime

from mammoganesis.errors import FailedPrecondition, InvalidArgument, Unavailable
from services.cluster.settings import HAPROXY_CONNECTIONS, open_files_needed, room_needed
from services.launch.packages import check_packages
from services.process.config import Config, option, variable
from services.process.exposure import check_exposure
from services.process.folders import check_parent
from services.process.ports import lasting_problem
from services.process.redis_urls import masked_url
from services.process.settings.observability import SERVED


def check(config: Config, say: Callable[[str], None]) -> None:
    """Packages, room, ports, keys, Redis and the bundle; raises the first error found, and says what the bundle is."""
    check_packages()
    for server in ("edge", "studio"):
        check_exposure(config, server)
    _check_open_files()
    check_parent(room_needed())
    _check_ports(config)
    _check_keys(config)
    _check_certificates(config, say)
    if config.redis_url is not None:
        _check_redis(config)
    from mammoganesis.bundle.files import read_manifest
    from mammoganesis.bundle.manifest import SYNTHESIS_FLOAT16
    from mammoganesis.bundle.trial import try_bundle
    from services.rendering.choice import Offers, attempts
    from services.rendering.guarding import is_guarded

    try_bundle(config.bundle)
    manifest, _ = read_manifest(config.bundle)
    names = [file.name for file in manifest.files]
    attempts(config.execution_provider, config.synthesis_precision, Offers.here(SYNTHESIS_FLOAT16 in names))
    is_guarded(manifest, config)
    dims, name = manifest.dimensions, manifest.name
    say(f"bundle {name} at {config.bundle}: {dims.resolution}x{dims.resolution}, as its golden cases want it")


def _check_open_files() -> None:
    needed, (_, hard) = open_files_needed(os.environ), resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise Unavailable(
            f"open files: the hard limit is {hard}, and HAProxy needs {needed}; raise it (`ulimit -Hn {needed}` as "
            f"root, LimitNOFILE={needed} of systemd, --ulimit nofile={needed} of Docker) or set "
            f"{HAPROXY_CONNECTIONS} lower (each connection needs 2.5 files)"
        )


def _check_ports(config: Config) -> None:
    wanted = [
        ("edge_port", config.edge_host, config.edge_port),
        ("edge_certificate_port", config.edge_host, config.edge_certificate_port),
        ("studio_port", config.studio_host, config.studio_port),
        ("records_port", config.records_host, config.records_port),
        ("serve_grpc_port", "127.0.0.1", config.serve_grpc_port),
        ("serve_http_port", "127.0.0.1", config.serve_http_port),
    ]
    if config.metrics_port:
        last = 65_536 - len(SERVED)
        if config.metrics_port > last:
            raise InvalidArgument(variable("metrics_port"), config.metrics_port, f"0, or a port up to {last}")
        wanted += [("metrics_port", config.metrics_host, config.metrics_port + number) for number in range(len(SERVED))]
    taken: dict[int, str] = {}
    for name, host, port in wanted:
        reason = lasting_problem(host, port) if port else None
        if reason is not None:
            raise Unavailable(
                f"cannot listen on {host}:{port}: {reason}; choose another with {option(name)} or {variable(name)}"
            )
        if port and taken.setdefault(port, name) != name:
            raise Unavailable(f"{variable(taken[port])} and {variable(name)} are both {port}; choose different ones")


def _check_keys(config: Config) -> None:
    from mammoganesis.pictures.c2pa_manifest import manifest_signer_of
    from mammoganesis.pictures.signature import public_keys, signer_of
    from services.access.shared_secrets import SharedSecret

    for name in ("edge_secret", "studio_secret"):
        SharedSecret.of(config, name)
    signer_of(config.signing_key_file)
    if config.signing_public_keys_file is not None:
        public_keys(config.signing_public_keys_file)
    manifest_signer_of(config.c2pa_certificates_file, config.c2pa_key_file)


def _check_certificates(config: Config, say: Callable[[str], None]) -> None:
    from services.access.certificates import names_of
    from services.process.certificates import ServerCertificate
    from services.wire.tls import Trust

    certificate = ServerCertificate.of(config, config.tls_client_ca_file)
    if (trust := Trust.of(config)) is not None:
        trust.credentials()
    if certificate is None:
        return
    names, until = names_of(certificate.shown.certificates)
    file = config.tls_certificate_file
    if until < datetime.now(UTC):
        raise FailedPrecondition(f"{variable('tls_certificate_file')}: the certificate in {file} has expired ({until})")
    if config.tls_client_ca_file and not config.edge_certificate_port and config.tls_client_certificate_file is None:
        raise FailedPrecondition(
            f"{variable('tls_client_certificate_file')}: the edge would ask every client for a certificate, and our "
            f"own processes have none; give them one, or set {option('edge_certificate_port')}"
        )
    say(f"TLS: a certificate for {', '.join(names)}, valid until {until:%Y-%m-%d}")


def _check_redis(config: Config) -> None:
    from services.rendering.cache import LatentCache

    async def checked() -> str | None:
        cache = LatentCache.create(config)
        try:
            return await cache.check()
        finally:
            await cache.close()

    reason = asyncio.run(checked())
    if reason is not None:
        shown = masked_url(config.redis_url or "")
        named = f"{option('redis_url')} ({variable('redis_url')})"
        raise Unavailable(f"{named}: {shown} does not answer ({reason}); without one, an embedded Redis is used")
