"""An exporter in the place of Ray's, and what Ray 2.60 writes there of workers that its memory monitor has ended."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def ended(name: str, count: int, kind: str = "TaskEviction") -> str:
    """One line; `name`: as Ray calls the worker."""
    labels = f'Component="raylet",Name="{name}",NodeAddress="127.0.0.1",Type="MemoryManager.{kind}.Total",WorkerId=""'
    return f"ray_memory_manager_worker_eviction_total{{{labels}}} {count}.0\n"


ENDED = (
    ended("ServeReplica:engine:Engine.__init__", 2)
    + ended("ServeReplica:engine:Engine.synthesize", 1, "ActorEviction")
    + ended("Worker.__init__", 1)
    + ended("", 7, "IdleWorkerEviction")
)


@contextmanager
def exporter(page: Callable[[], str]) -> Iterator[str]:
    """Its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page().encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
