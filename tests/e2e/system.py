"""The whole system for the end-to-end tests: `mammoganesis serve` as a process, and a look at what is below it."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import grpc
import psutil
import pytest

from services.process.children import descendants, runs
from services.process.ports import free_block
from services.process.settings.observability import SERVED
from tests.places import ROOT
from tests.support.patience import WAIT_SECONDS
from tests.support.proxies import DEAD_PROXIES

COMMAND = Path(sys.executable).with_name("mammoganesis")
TINY = ROOT / "tests" / "data" / "tiny_bundle"
MAX_MESSAGE_BYTES = 2**21
COPIED = 4_294_967_290
"""The seed whose image is too near to a training image of the system that the tests share."""
UP = r"Ctrl-C stops everything\."


@dataclass
class System:
    """A running launcher and its ports."""

    process: subprocess.Popen[str]
    first_port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    output: list[str] = field(default_factory=list)
    """The lines that have been waited for and those before them."""
    _printed: queue.Queue[str | None] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        threading.Thread(target=self._take_output, daemon=True).start()

    @property
    def address(self) -> str:
        """Of the edge."""
        return f"127.0.0.1:{self.first_port}"

    @property
    def studio_url(self) -> str:
        return f"http://127.0.0.1:{self.first_port + 1}"

    @property
    def serve_address(self) -> str:
        """Of Serve's own gRPC port."""
        return f"127.0.0.1:{self.first_port + 2}"

    @property
    def records_address(self) -> str:
        """Of records' own gRPC port."""
        return f"127.0.0.1:{self.first_port + 4}"

    @property
    def first_metrics_port(self) -> int:
        """Of the edge; those of the others follow (`SERVED`)."""
        return self.first_port + 5

    @property
    def edge_secret_file(self) -> Path:
        """Where it is said so."""
        return Path(self.settings["MAMMOGANESIS_EDGE_SECRET_FILE"])

    @property
    def studio_secret_file(self) -> Path:
        """Likewise."""
        return Path(self.settings["MAMMOGANESIS_STUDIO_SECRET_FILE"])

    @property
    def folder(self) -> Path:
        """The launcher's private folder."""
        return Path(self._line("  logs ")[0])

    @property
    def sheet(self) -> Path:
        return Path(self._line("  pictures ")[0])

    def pids(self, words: str) -> list[int]:
        """Processes below the launcher whose command line holds `words`."""
        return [process.pid for process in descendants(self.process.pid) if words in command_line(process)]

    def pid(self, words: str) -> int:
        """The one such process."""
        (pid,) = self.pids(words)
        return pid

    def codes(self, ids: Collection[str]) -> list[str]:
        """How the edge says that the calls with these request ids have ended; only those that have."""
        lines = (self.folder / "edge.log").read_text().splitlines()
        records = [json.loads(line) for line in lines if line.startswith("{")]
        return [record["code"] for record in records if record["message"] == "call" and record["request_id"] in ids]

    def account(self) -> str:
        """What it has printed, and the last lines of the logs of its edge and its cluster while they are there."""
        printed = [*self.output, *(line for line in list(self._printed.queue) if line is not None)]
        logs = [Path(folder) / f"{name}.log" for folder in self._line("  logs ") for name in ("edge", "cluster")]
        ends = [f"{log.name}:\n" + "\n".join(log.read_text().splitlines()[-15:]) for log in logs if log.exists()]
        return "\n".join([*printed, *ends])

    def channel(self) -> grpc.Channel:
        """To the edge, as any client opens it."""
        return grpc.insecure_channel(self.address)

    def stop(self) -> int:
        """SIGINT, as Ctrl-C sends it; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        """Until it ends by itself; returns the exit code."""
        self._read(until=None)
        return self.process.wait()

    def wait_until_up(self) -> None:
        self.wait_for_line(UP)

    def wait_for_line(self, pattern: str) -> None:
        """Until it prints a line in which `pattern` is found; the next wait begins after that line."""
        self._read(until=pattern)

    def _read(self, until: str | None) -> None:
        end = time.monotonic() + WAIT_SECONDS
        wanted = "its end" if until is None else f"a line with {until!r}"
        while True:
            try:
                line = self._printed.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                pytest.fail("\n".join([f"waited {WAIT_SECONDS:g} s for {wanted}; it has printed", *self.output]))
            if line is None:
                self._printed.put(None)  # for whoever asks again
                if until is not None:
                    pytest.fail("\n".join([f"it ended before {wanted}; it has printed", *self.output]))
                return
            self.output.append(line)
            if until is not None and re.search(until, line):
                return

    def _take_output(self) -> None:
        assert self.process.stdout
        with self.process.stdout as stdout:
            for line in stdout:
                self._printed.put(line.rstrip("\n"))
        self._printed.put(None)

    def _line(self, beginning: str) -> list[str]:
        return [line.removeprefix(beginning).strip() for line in self.output if line.startswith(beginning)]


@contextmanager
def launched(out: Path, *options: str, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[System]:
    """`mammoganesis serve` on free ports with the tiny bundle and the quickstart into `out`, and with proxies in its
    environment that lead nowhere; `settings`: variables beside those."""
    first = free_block(5 + len(SERVED))
    command = [
        *(str(COMMAND), "serve", "--bundle", str(TINY), "--quickstart", str(out)),
        *("--edge-port", str(first), "--studio-port", str(first + 1)),
        *("--serve-grpc-port", str(first + 2), "--serve-http-port", str(first + 3)),
        *("--records-port", str(first + 4), "--records-folder", str(out.with_name(f"{out.name}-records"))),
        *("--metrics-port", str(first + 5)),
        *("--max-message-bytes", str(MAX_MESSAGE_BYTES), *options),
    ]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAMMOGANESIS_")}
    environment |= DEAD_PROXIES
    # A start costs less; `options` may say otherwise.
    environment |= {"MAMMOGANESIS_LIGHT_REPLICAS": "1", "MAMMOGANESIS_SYNTHESIS_PRECISION": "float32"}
    environment |= settings
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield System(process, first, settings)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait()


def until(condition: Callable[[], bool]) -> None:
    """Waits for a condition; fails at the line that waits when it does not come."""
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"waited {WAIT_SECONDS:g} s in vain")
        time.sleep(0.1)


def command_line(process: psutil.Process) -> str:
    """Empty for one that has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def left(processes: list[psutil.Process]) -> list[str]:
    """Command lines of those that still run."""
    return [command_line(process) for process in processes if runs(process)]


def listening(pid: int) -> set[tuple[str, int]]:
    """Address (as /proc writes it) and port of every TCP socket on which a process listens."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            match = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(entry))
        except OSError:
            continue
        if match:
            inodes.add(match[1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address, port = fields[1].split(":")
            if fields[3] == "0A" and fields[9] in inodes:
                found.add((address, int(port, 16)))
    return found


LOOPBACK = ("0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000")
"""127.0.0.1, ::ffff:127.0.0.1 and ::1 in /proc/net/tcp and tcp6."""
