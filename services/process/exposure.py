"""Whether a server may listen where others than this machine reach it."""

from __future__ import annotations

import ipaddress

from mammoganesis.errors import FailedPrecondition
from services.process.config import Config, variable
from services.process.settings.protection import ANYBODY


def check_exposure(config: Config, server: str) -> None:
    """Raises FailedPrecondition where a server listens beyond this machine, lacks TLS or identity, and nobody has said
    that it may.

    Args:
        server: "edge" or "studio".
    """
    host, missing = getattr(config, f"{server}_host"), []
    if config.tls_certificate_file is None:
        settings = f"{variable('tls_certificate_file')} and {variable('tls_key_file')}"
        missing.append(f"TLS ({settings}): everybody on the way could read and change what is said")
    if config.identity == "off":
        missing.append(f"identity ({variable('identity')}=on): whoever reaches it could use it")
    if not missing or is_loopback_host(host) or config.public_without_protection == ANYBODY:
        return
    raise FailedPrecondition(
        f"{variable(f'{server}_host')}: the {server} is not to listen on {host}, beyond this machine, without "
        f"{'; and without '.join(missing)}. Give what is missing, or say "
        f"{variable('public_without_protection')}={ANYBODY}, where the network protects it"
    )


def is_loopback_host(host: str) -> bool:
    """Whether an interface to listen on is this machine's own."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
