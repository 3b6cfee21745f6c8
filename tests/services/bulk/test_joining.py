"""A Ray that is not reached is said within a moment, with the variable that is missing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ray")

from ray.exceptions import AuthenticationError

from mammoganesis.errors import Unavailable
from services.bulk import joining
from services.bulk.joining import check_answers, refusal
from services.cluster.settings import LOOPBACK_ALONE
from services.process.ports import free_block
from tests.support.serving import TINY

MAMMOGANESIS = str(Path(sys.executable).with_name("mammoganesis"))


def bulk(address: str, out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [MAMMOGANESIS, "bulk", "--bundle", str(TINY), "--seeds", "0:2", "--out", str(out)]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return subprocess.run(
        [*command, "--ray-address", address], env={**ours, **environment}, capture_output=True, text=True, check=False
    )


def test_a_ray_on_loopback_alone_is_said_with_its_variable(tmp_path: Path) -> None:
    """Ray dials another address of the machine instead of 127.0.0.1, where nothing listens, and waits for ever."""
    from ray._private.services import node_ip_address_from_perspective

    if node_ip_address_from_perspective().startswith("127."):
        pytest.skip("this machine has no address but that of the loopback interface")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        done = bulk(address, tmp_path / "out")
    assert done.returncode not in (0, None)
    assert f"--ray-address {address}: nothing answers at " in done.stderr
    assert f"{LOOPBACK_ALONE}=0" in done.stderr
    assert "Traceback" not in done.stderr


def test_with_the_variable_it_is_the_address_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "REACH_SECONDS", 0.0)
    monkeypatch.setenv(LOOPBACK_ALONE, "0")
    monkeypatch.setattr("ray._private.ray_constants.ENABLE_RAY_CLUSTER", False)  # which it is read to at Ray's import
    address = f"127.0.0.1:{free_block(1)}"
    with pytest.raises(Unavailable, match=rf"nothing answers at {address} \(Connection refused\)$"):
        check_answers(address)


def test_what_is_no_address_is_named() -> None:
    with pytest.raises(Unavailable, match="--ray-address nowhere: "):
        check_answers("nowhere")


def test_a_token_that_is_missing_is_named() -> None:
    error = ConnectionError("Failed to connect to Ray cluster at 127.0.0.1:6379")
    error.__cause__ = AuthenticationError("RPC error: InvalidAuthToken")
    assert "RAY_AUTH_MODE=token and RAY_AUTH_TOKEN" in refusal("127.0.0.1:6379", error)
    assert refusal("auto", ConnectionError("no\n cluster")) == "--ray-address auto: no cluster"
