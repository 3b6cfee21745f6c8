"""The launcher: what it refuses at once, and two of them side by side."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import grpc
import onnxruntime
import pytest

from mammoganesis.v1 import sampling_pb2, sampling_pb2_grpc
from services.launch.supervision import MAX_DEATHS
from services.process.children import Process, descendants, runs
from services.process.ports import free_block
from tests.e2e.system import COMMAND, ROOT, TINY, System, launched, left, until


def refused(*options: str) -> str:
    """The one line on standard error with which the launcher ends at once, before it says that it stops anything."""
    first = free_block(5)
    names = ("--edge-port", "--studio-port", "--serve-grpc-port", "--serve-http-port", "--records-port")
    ports = [text for i, name in enumerate(names) for text in (name, str(first + i))]
    command = [str(COMMAND), "serve", "--bundle", str(TINY), *ports, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "stop" not in done.stdout
    (line,) = done.stderr.strip().splitlines()
    return line


@pytest.mark.parametrize(
    "option", ["--edge-port", "--studio-port", "--records-port", "--serve-grpc-port", "--serve-http-port"]
)
def test_a_port_that_is_taken(option: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        line = refused(option, str(port))
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in line
    assert option in line


def test_one_port_for_two() -> None:
    port = str(free_block(1))
    line = refused("--edge-port", port, "--studio-port", port)
    assert f"MAMMOGANESIS_EDGE_PORT and MAMMOGANESIS_STUDIO_PORT are both {port}" in line


def test_a_bundle_that_is_missing_or_damaged(tmp_path: Path) -> None:
    assert str(tmp_path / "nothing") in refused("--bundle", str(tmp_path / "nothing"))
    for file in TINY.iterdir():
        content = file.read_bytes()
        (tmp_path / file.name).write_bytes(content[:-1] if file.name == "affine.onnx" else content)
    assert "affine.onnx" in refused("--bundle", str(tmp_path))


def test_a_provider_that_is_not_there() -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    assert "execution provider cuda: this ONNX Runtime has none" in refused("--execution-provider", "cuda")


def test_a_redis_that_does_not_answer(tmp_path: Path) -> None:
    port, file = free_block(1), tmp_path / "redis-url"
    file.write_text(f"redis://user:pass-word@127.0.0.1:{port}/0\n")
    line = refused("--redis-url-file", str(file))
    assert line.startswith(
        f"error: --redis-url (MAMMOGANESIS_REDIS_URL): redis://user:***@127.0.0.1:{port}/0 does not "
    )
    assert "pass-word" not in line


def test_a_password_on_the_command_line_is_refused() -> None:
    line = refused("--redis-url", "redis://user:pass-word@127.0.0.1:6379/0")
    assert line.startswith(
        "error: --redis-url: 'redis://user:***@127.0.0.1:6379/0' is not allowed; allowed: a URL without "
    )


def test_a_port_out_of_range_names_option_and_variable() -> None:
    assert "--edge-port (MAMMOGANESIS_EDGE_PORT): 70000 is not allowed" in refused("--edge-port", "70000")


@pytest.mark.cluster
def test_killed_and_stopped_while_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After kill -9 Ray ends with the cluster's process, its agents too; the next start clears the folder. Logs that
    are to stay do, Ray's too."""
    with tempfile.TemporaryDirectory(prefix="mgt-") as alone:  # any start of the machine's clears the common one
        monkeypatch.setenv("TMPDIR", alone)
        _killed_and_stopped_while_it_starts(tmp_path)


def _killed_and_stopped_while_it_starts(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    with launched(tmp_path, "--log-folder", str(logs)) as killed:
        killed.wait_for_line("Ray, the edge, records, bulk jobs and the studio are starting")
        until(lambda: killed.pids("ray::DashboardAgent") != [])
        below, cluster = descendants(killed.process.pid), Process(killed.pid("services.cluster"))
        ray, folder = descendants(cluster.pid), Path(cluster.cmdline()[-1])
        killed.process.kill()
        until(lambda: not runs(cluster))
        assert ray
        assert not left(ray)
        assert (folder / "token").exists()
        until(lambda: not left(below))
    before = (logs / "cluster.log").read_text()
    with launched(tmp_path, "--log-folder", str(logs)) as early:
        early.wait_for_line(f"cleared what a killed run had left: {folder}")
        assert not folder.exists()
        early.wait_for_line("Ray, the edge, records, bulk jobs and the studio are starting")
        until(lambda: early.pids("raylet") != [])
        below = descendants(early.process.pid)
        assert early.stop() == 0, early.output
        assert not left(below)
    assert (logs / "cluster.log").read_text().startswith(before)
    assert "raylet.out" in {path.name for path in (logs / "ray-logs-before").iterdir()}


@pytest.mark.cluster
def test_who_dies_while_all_starts_is_started_again_and_in_the_end_everything_ends_with_one_line(
    tmp_path: Path,
) -> None:
    with launched(tmp_path) as doomed:
        doomed.wait_for_line("Ray is up")
        os.kill(doomed.pid("services.edge"), signal.SIGABRT)
        doomed.wait_for_line("edge ended with exit code -6, by SIGABRT; it is started again; until then no call")
        doomed.wait_for_line("edge is back")
        below = descendants(doomed.process.pid)
        killed = kill_the_cluster(doomed)
        for _ in range(1, MAX_DEATHS):
            doomed.wait_for_line("cluster ended with exit code -9, by SIGKILL; it is started again")
            killed = kill_the_cluster(doomed, killed)
        assert doomed.wait() == 1
        assert not left(below)
        (line,) = [line for line in doomed.output if line.startswith("error: ")]
        assert "cluster ended with exit code -9" in line
        log = Path(line.rpartition("log: ")[2].rstrip(")"))
        assert "Ray is up" in log.read_text()
        shutil.rmtree(log.parent)


def kill_the_cluster(system: System, before: int = 0) -> int:
    """As soon as there is another than `before`."""
    until(lambda: system.pids("services.cluster") not in ([], [before]))
    killed = system.pid("services.cluster")
    os.kill(killed, signal.SIGKILL)
    return killed


@pytest.mark.cluster
def test_two_side_by_side(system: System, tmp_path: Path) -> None:
    before = set(descendants(system.process.pid))
    with launched(tmp_path / "pictures", "--once") as other:
        other.wait_until_up()
        assert not other.folder.samefile(system.folder)
        assert other.wait() == 0, other.output
        assert (tmp_path / "pictures" / "contact_sheet.png").exists()
        assert not other.folder.exists()
    assert before <= set(descendants(system.process.pid))
    with grpc.insecure_channel(system.address) as channel:
        answer = sampling_pb2_grpc.SamplingServiceStub(channel).Sample(sampling_pb2.SampleRequest(seeds=[1]))
        assert len(answer.images) == 1
