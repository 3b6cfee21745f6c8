"""What may listen beyond this machine, and what is said to what may not; of real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mammoganesis.errors import FailedPrecondition
from services.process.config import Config
from services.process.exposure import check_exposure, is_loopback_host
from services.process.refusals import WRONG_SETTINGS
from tests.places import ROOT

TLS = {"tls_certificate_file": Path("server.pem"), "tls_key_file": Path("server.key")}
SAID = "yes-anybody-may-use-this"


@pytest.mark.parametrize("server", ["edge", "studio"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]", "10.0.0.7", "mammo.example.org", "localhost.example.org"])
def test_beyond_this_machine_tls_and_identity_are_needed(server: str, host: str) -> None:
    config = Config(**{f"{server}_host": host})
    with pytest.raises(FailedPrecondition) as caught:
        check_exposure(config, server)
    for part in (f"MAMMOGANESIS_{server.upper()}_HOST: ", host, "without TLS (", "and without identity (", SAID):
        assert part in caught.value.message
    with pytest.raises(FailedPrecondition) as caught:
        check_exposure(config.changed(**TLS), server)
    assert "without TLS" not in caught.value.message
    with pytest.raises(FailedPrecondition) as caught:
        check_exposure(config.changed(identity="on"), server)
    assert "without identity" not in caught.value.message
    check_exposure(config.changed(**TLS, identity="on"), server)
    check_exposure(config.changed(public_without_protection=SAID), server)
    check_exposure(config, "studio" if server == "edge" else "edge")  # the other one is not there


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_this_machine_is_nobody_elses(host: str) -> None:
    assert is_loopback_host(host)
    check_exposure(Config(edge_host=host), "edge")


@pytest.mark.parametrize("server", ["edge", "studio"])
def test_a_process_says_so_in_one_line_and_ends(server: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAMMOGANESIS_")}
    environment |= {f"MAMMOGANESIS_{server.upper()}_HOST": "0.0.0.0", f"MAMMOGANESIS_{server.upper()}_PORT": "0"}
    command = [sys.executable, "-m", f"services.{server}"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == WRONG_SETTINGS
    assert len(ended.stderr.splitlines()) == 1
    assert SAID in ended.stderr
