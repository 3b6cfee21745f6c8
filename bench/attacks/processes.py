"""Kills and freezes the processes of a running system, one after the other, while clients call it.

Starts `mammoganesis serve` on free ports and, for each attack, tells: when the launcher noticed, when the last call
failed, when the process stood in its place again, what the calls gave (every image is compared with the first of its
seed), and which parts were started anew.

    python bench/attacks/processes.py --attack kill:raylet --attack freeze:edge
    python bench/attacks/processes.py            # all of them, about 20 minutes
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import grpc
import psutil

from mammoganesis.v1 import sampling_pb2, sampling_pb2_grpc
from services.process.children import descendants
from services.process.ports import free_block
from services.process.signals import stop_signals

PROCESSES = {
    "dashboard-agent": "ray::DashboardAgent",
    "runtime-env-agent": "ray::RuntimeEnvAgent",
    "raylet": "/raylet ",
    "gcs": "/gcs_server ",
    "cluster": "-m services.cluster",
    "haproxy": "/haproxy ",
    "engine": "ray::ServeReplica:engine",
    "sampling": "ray::ServeReplica:sampling",
    "controller": "ray::ServeController",
    "edge": "-m services.edge",
    "studio": "-m services.studio",
    "redis": "redis-server",
}
"""What the command line of each holds."""

ATTACKS = [
    *(f"kill:{name}" for name in PROCESSES),
    *(f"freeze:{name}" for name in PROCESSES),
    *(f"kill{count}:{name}" for name in ("studio", "redis") for count in (3, 7, 10)),
]
SEEDS, CLIENTS, CALL_SECONDS = 16, 3, 20.0
START_SECONDS, QUIET_SECONDS = 180.0, 6.0


@dataclass
class System:
    """A running launcher and what it prints, each line with its time."""

    process: subprocess.Popen[str]
    address: str
    lines: list[tuple[float, str]] = field(default_factory=list)

    def read(self) -> None:
        """Until its end."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append((time.monotonic(), line.rstrip()))

    def pids(self, name: str) -> set[int]:
        """The processes of that name of PROCESSES, those that have ended left out."""
        found = set()
        for process in descendants(self.process.pid):
            try:
                if PROCESSES[name] in " ".join(process.cmdline()) + " ":
                    found.add(process.pid)
            except psutil.NoSuchProcess:
                continue
        return found

    def parts(self) -> dict[str, set[int]]:
        return {name: self.pids(name) for name in PROCESSES}


@contextmanager
def running(bundle: Path) -> Iterator[System]:
    """Starts the system on free ports; it is stopped at the end."""
    first = free_block(4)
    options = ["edge-port", "studio-port", "serve-grpc-port", "serve-http-port"]
    command = [str(Path(sys.executable).with_name("mammoganesis")), "serve", "--bundle", str(bundle)]
    command += [part for i, option in enumerate(options) for part in (f"--{option}", str(first + i))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    system = System(process, f"127.0.0.1:{first}")
    reader = threading.Thread(target=system.read)
    reader.start()
    try:
        wait(lambda: any("Ctrl-C" in line for _, line in system.lines) or process.poll() is not None, START_SECONDS)
        yield system
    finally:
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait()
        reader.join()
        click.echo(f"stopped in {time.monotonic() - start:.1f} s with exit code {process.returncode}")


def wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


class Clients:
    """Clients that sample the same seeds again and again, and count what they get."""

    def __init__(self, address: str) -> None:
        self._address, self._ended = address, threading.Event()
        self._first: dict[int, str] = {}
        self.reset()
        self._threads = [threading.Thread(target=self._work, args=(k,)) for k in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def reset(self) -> None:
        self.codes: Counter[str] = Counter()
        self.failed_at = self.ok_at = 0.0

    def end(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _work(self, k: int) -> None:
        with grpc.insecure_channel(self._address) as channel:
            stub = sampling_pb2_grpc.SamplingServiceStub(channel)
            while not self._ended.is_set():
                k = (k + 1) % SEEDS
                try:
                    answer = stub.Sample(sampling_pb2.SampleRequest(seeds=[k]), timeout=CALL_SECONDS)
                except grpc.RpcError as error:
                    self.codes[error.code().name] += 1  # type: ignore[attr-defined]
                    self.failed_at = time.monotonic()
                    time.sleep(0.1)
                    continue
                digest = hashlib.sha256(answer.images[0].data).hexdigest()
                same = self._first.setdefault(k, digest) == digest
                self.codes["OK" if same else "OTHER PIXELS"] += 1
                self.ok_at = time.monotonic()


def attack(system: System, clients: Clients, what: str, limit: float) -> str:
    """One attack; gives its line of the table."""
    way, name = what.split(":")
    before = system.parts()
    clients.reset()
    start, said = time.monotonic(), len(system.lines)
    number = signal.SIGSTOP if way == "freeze" else signal.SIGKILL
    old: set[int] = set()
    for _ in range(int(way.removeprefix("kill") or 1) if way != "freeze" else 1):
        fresh: set[int] = set()
        end = time.monotonic() + limit
        while not fresh and time.monotonic() < end:
            fresh = system.pids(name) - old
            time.sleep(0 if fresh else 0.1)
        for pid in fresh:
            os.kill(pid, number)
        old |= fresh

    def over() -> bool:
        now = time.monotonic()
        quiet = now > max(clients.failed_at, replaced_at or now) + QUIET_SECONDS and clients.ok_at > now - 1
        return system.process.poll() is not None or quiet

    replaced_at: float | None = None
    end = start + limit
    while time.monotonic() < end and not over():
        if replaced_at is None and system.pids(name) - old and not system.pids(name) & old:
            replaced_at = time.monotonic()
        time.sleep(0.2)
    after = system.parts()
    for pid in old if way == "freeze" else ():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    for at, line in system.lines[said:]:
        click.echo(f"{at - start:8.1f} s after {what}: {line}", err=True)
    lines = [(at, line) for at, line in system.lines[said:] if "it is started again" in line or "error" in line]
    noticed = f"{lines[0][0] - start:.1f} s" if lines else "-"
    failed = f"{clients.failed_at - start:.1f} s" if clients.failed_at else "none"
    place = f"{replaced_at - start:.1f} s" if replaced_at else f"not within {limit:g} s"
    codes = ", ".join(f"{count} {code}" for code, count in sorted(clients.codes.items()))
    anew = ", ".join(part for part in PROCESSES if before[part] != after[part])
    said_first = f" ({lines[0][1][10:].partition(';')[0]})" if lines else ""
    if system.process.poll() is not None:
        anew = f"THE LAUNCHER ENDED with {system.process.returncode}"
    return f"| {what} | {noticed}{said_first} | {failed} | {place} | {codes} | {anew or 'none'} |"


@click.command()
@click.option("--bundle", type=click.Path(path_type=Path), default=Path("deploy/bundles/demo"), show_default=True)
@click.option("--attack", "attacks", multiple=True, type=click.Choice(ATTACKS), help="Some of them.  [default: all]")
@click.option("--limit", default=150.0, show_default=True, help="Seconds for a system to recover.")
@click.option("--pause", default=5.0, show_default=True, help="Seconds between two attacks.")
def main(bundle: Path, attacks: tuple[str, ...], limit: float, pause: float) -> None:
    """Attack the processes of a running system."""
    with stop_signals(), running(bundle) as system:
        clients = Clients(system.address)
        try:
            wait(lambda: clients.codes["OK"] >= 2 * SEEDS, START_SECONDS)
            click.echo("| attack | noticed | last failed call | in place | calls | started anew |")
            click.echo("|---|---|---|---|---|---|")
            for what in attacks or ATTACKS:
                if system.process.poll() is not None:
                    break
                click.echo(attack(system, clients, what, limit))
                time.sleep(pause)
        finally:
            clients.end()


if __name__ == "__main__":
    main()
