#!/opt/venv/bin/python
"""Health check inside a container: `healthcheck grpc HOST:PORT [SERVICE]`, `healthcheck http URL` or `healthcheck file
PATH SECONDS`.

Exit code 0 when healthy, 1 when not, 2 for wrong usage.
Neither uses a proxy of the environment. Where this container's server has TLS (MAMMOGANESIS_TLS_CERTIFICATE_FILE), both
do: grpc with what MAMMOGANESIS_TLS_* says of our clients, http without asking whose certificate it is.
grpc: grpc.health.v1 says SERVING for SERVICE (all services together when it is left out).
http: any answer below 400. file: it was written within so many seconds, by a process that listens nowhere.
"""

import os
import ssl
import sys
import time
import urllib.request
from typing import Any

TIMEOUT_SECONDS = 4.0


def grpc_serving(address: str, service: str = "") -> bool:
    """Whether the server at `address` (host:port) says SERVING."""
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    options = [("grpc.enable_http_proxy", 0)]
    with _secure_channel(address, options) if _has_tls() else grpc.insecure_channel(address, options) as channel:
        request = health_pb2.HealthCheckRequest(service=service)
        stub: Any = health_pb2_grpc.HealthStub(channel)
        answer = stub.Check(request, timeout=TIMEOUT_SECONDS)
    return answer.status == health_pb2.HealthCheckResponse.SERVING


def http_answers(url: str) -> bool:
    """Whether GET `url` is answered with a status below 400."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=anybody)
    if _has_tls():
        url = url.replace("http://", "https://", 1)
    with urllib.request.build_opener(*handlers).open(url, timeout=TIMEOUT_SECONDS) as answer:
        return answer.status < 400


def file_is_fresh(path: str, seconds: str) -> bool:
    """Whether a file was written within the last `seconds`."""
    return time.time() - os.stat(path).st_mtime <= float(seconds)


def _has_tls() -> bool:
    """Whether the server of this container shows a certificate."""
    return any(os.environ.get(f"MAMMOGANESIS_TLS_{name}") for name in ("CERTIFICATE_FILE", "FOLDER"))


def _secure_channel(address: str, options: list[tuple[str, Any]]) -> Any:
    from services.process.config import Config
    from services.process.settings.protection import SYSTEM
    from services.wire.tls import Trust, open_channel

    config = Config.from_environment(os.environ)
    return open_channel(address, options, Trust.of(config) or Trust(SYSTEM, server_name=config.tls_server_name))


def main(arguments: list[str]) -> int:
    """Runs one check; one line on standard error says why it failed."""
    checks = {"grpc": grpc_serving, "http": http_answers, "file": file_is_fresh}
    if len(arguments) < 2 or arguments[0] not in checks:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        healthy = checks[arguments[0]](*arguments[1:])
    except Exception as error:
        text = " ".join(str(error).split())
        print(f"{arguments[1]}: {type(error).__name__}: {text}"[:300], file=sys.stderr)
        return 1
    if not healthy:
        print(f"{arguments[1]}: not serving", file=sys.stderr)
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
