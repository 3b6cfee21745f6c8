"""The unit that docs/operations.md installs: systemd itself reads it, and judges what it leaves open."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from services.launch.launcher import CLUSTER_STOP_SECONDS, OTHERS_STOP_SECONDS
from services.process.config import Config
from tests.places import ROOT

UNIT = ROOT / "deploy" / "systemd" / "mammoganesis.service"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
INSTALLED = "/opt/mammoganesis/current/bin/mammoganesis"
EXPOSURE = 2.0
"""Of 10, which a unit without any of this nearly has; below 2 systemd says OK. 1.7 by systemd 252."""

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here (Debian: systemd)")


def analyzed(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "--no-pager", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def stand_in(folder: Path) -> Path:
    """The unit with a program that is there; everything else as it is."""
    unit = folder / UNIT.name
    unit.write_text(UNIT.read_text().replace(INSTALLED, shutil.which("true") or "/bin/true"))
    return unit


def settings() -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), flags=re.MULTILINE))


def test_systemd_reads_every_line(tmp_path: Path) -> None:
    read = analyzed("verify", stand_in(tmp_path))
    assert (read.returncode, read.stdout + read.stderr) == (0, "")


def test_a_line_that_systemd_does_not_know_would_be_seen(tmp_path: Path) -> None:
    unit = stand_in(tmp_path)
    unit.write_text(unit.read_text().replace("ProtectHome=yes", "ProtectHouse=yes"))
    assert "ProtectHouse" in analyzed("verify", unit).stderr


def test_it_leaves_little_open() -> None:
    judged = analyzed("security", "--offline=true", f"--threshold={int(EXPOSURE * 10)}", UNIT)
    assert judged.returncode == 0, judged.stdout
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", judged.stdout)
    assert exposure is not None
    assert float(exposure[1]) < EXPOSURE


def test_without_its_walls_it_would_not(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(
        re.sub(r"^(Protect|Restrict|Capability|SystemCall)\w+=.*\n", "", UNIT.read_text(), flags=re.MULTILINE)
    )
    assert analyzed("security", "--offline=true", f"--threshold={int(EXPOSURE * 10)}", unit).returncode != 0


def test_calls_in_flight_end_before_systemd_kills() -> None:
    """systemd asks the launcher alone, and waits for as long as that waits for its children, one after the other: four
    that finish what they have, Ray, and Redis."""
    drained = 4 * (Config().drain_seconds + OTHERS_STOP_SECONDS)
    assert settings()["KillMode"] == "mixed"
    assert int(settings()["TimeoutStopSec"]) >= CLUSTER_STOP_SECONDS + drained + OTHERS_STOP_SECONDS


def test_logs_outlive_the_service() -> None:
    """Its /tmp goes with it; what systemd makes below /var/log, which %L is, stays."""
    unit = settings()
    assert unit["PrivateTmp"] == "yes"
    assert unit["Environment"] == f"MAMMOGANESIS_LOG_FOLDER=%L/{unit['LogsDirectory']}"
    assert Config.from_environment(dict([unit["Environment"].split("=")])).log_folder
    assert f"/var/log/{unit['LogsDirectory']}" in OPERATIONS


def test_the_page_on_operations_installs_it_where_it_looks_for_things() -> None:
    unit = settings()
    assert f"install -m 644 {UNIT.relative_to(ROOT)} /etc/systemd/system/" in OPERATIONS
    assert f"useradd --system --create-home --home-dir {unit['WorkingDirectory']} {unit['User']}\n" in OPERATIONS
    assert f"`{unit['EnvironmentFile']}` (mode 600" in OPERATIONS
    assert unit["ExecStart"].startswith(f"{INSTALLED} serve")
    assert "ln -s /opt/mammoganesis/current/bin/mammoganesis" in OPERATIONS
    environment = OPERATIONS[OPERATIONS.index("`/etc/mammoganesis.env`") :].split("```")[1]
    written = re.findall(r"=(/\S+)", environment)
    outside = {path for path in written if not path.startswith((unit["ReadWritePaths"], "/etc/mammoganesis/"))}
    assert not outside
