"""Bulk jobs through a real Ray, with the driver and its workers killed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from services.client import Client
from services.process.folders import PREFIX
from tests.e2e.system import LOOPBACK, listening
from tests.support.serving import TINY
from tests.support.small_disk import small_disk

pytestmark = pytest.mark.cluster

IMAGES = 200
MAMMOGANESIS = str(Path(sys.executable).with_name("mammoganesis"))
CREW = ["--bundle", str(TINY), "--workers", "2"]
COMMAND = [MAMMOGANESIS, "bulk", *CREW, "--seeds", f"0:{IMAGES}", "--no-mark"]


def document(recipe: Path) -> list[str]:
    """The command of a job of small shards, with the recipe in a file."""
    job = {
        "format": "mammoganesis-bulk",
        "format_version": 1,
        "seeds": {"ranges": [{"count": IMAGES}]},
        "recipe": json.loads(recipe.read_text()),
        "shard_images": 8,
    }
    path = recipe.with_name("job.json")
    path.write_text(json.dumps(job))
    return [MAMMOGANESIS, "bulk", str(path), *CREW]


def start(out: Path | str, recipe: Path, **options: Any) -> subprocess.Popen[str]:
    command = [*document(recipe), "--out", str(out)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def written(out: Path) -> int:
    return len(list(out.glob("images/*.png")))


def wait_for_images(process: subprocess.Popen[str], out: Path, count: int) -> None:
    while written(out) < count:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


def descendants(pid: int) -> dict[int, str]:
    """Processes below `pid`: id to command line."""
    parents, names = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                names[int(folder.name)] = (folder / "cmdline").read_text()
            except OSError:
                continue  # it has ended meanwhile
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return {child: names[child] for child in below - {pid}}


def worker_ids(pid: int) -> list[int]:
    """The processes that write images."""
    return [child for child, name in descendants(pid).items() if name.startswith("ray::Worker")]


def session_folder(pid: int) -> Path:
    """The private folder of the Ray below `pid`."""
    raylet = next(name for name in descendants(pid).values() if "--session_dir=" in name)
    return Path(re.findall(r"--session_dir=([^\0]+)", raylet)[0]).parents[1]


def gone(pids: set[int]) -> bool:
    def runs(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return not any(map(runs, pids))


def test_its_ray_listens_on_loopback_alone_with_a_token(tmp_path: Path) -> None:
    recipe, out = tmp_path / "recipe.json", tmp_path / "out"
    recipe.write_text("{}")
    driver = start(out, recipe)
    try:
        wait_for_images(driver, out, 1)
        processes = descendants(driver.pid)
        ports = {pid: listening(pid) for pid in processes if not gone({pid})}
        environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in worker_ids(driver.pid)]
        folder = session_folder(driver.pid)
        mode = stat.S_IMODE(folder.stat().st_mode)
    finally:
        driver.send_signal(signal.SIGINT)
        _, told = driver.communicate()
    assert f"what is committed stays in {out}; the same command goes on from there" in told
    assert mode == 0o700, "others can read the session's files"
    assert not folder.exists(), "the session's files are left"
    names = " ".join(processes[pid] for pid, found in ports.items() if found)
    assert "gcs_server" in names
    assert "raylet" in names
    beyond = {processes[pid]: port for pid, found in ports.items() for host, port in found if host not in LOOPBACK}
    assert not beyond
    assert environments
    assert all(b"RAY_AUTH_MODE=token" in environment for environment in environments)


@pytest.mark.parametrize(
    ("reached", "number", "code"),
    [("gcs_server", signal.SIGINT, 128 + signal.SIGINT), ("DashboardAgent", signal.SIGTERM, 128 + signal.SIGTERM)],
)
def test_a_stop_while_ray_starts_leaves_nothing(
    reached: str, number: signal.Signals, code: int, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.json"
    recipe.write_text("{}")
    driver = start(tmp_path / "out", recipe)
    while not any(reached in name for name in descendants(driver.pid).values()):
        assert driver.poll() is None, driver.communicate()
        time.sleep(0.005)
    below = descendants(driver.pid)
    folder = Path(re.findall(rf"/[^\0=]*/{PREFIX}\w{{8}}", "\0".join(below.values()))[0])
    driver.send_signal(number)
    _, errors = driver.communicate()
    assert driver.returncode == code
    assert "Traceback" not in errors
    assert gone(set(below))
    assert not folder.exists()


@pytest.mark.timeout(600)
def test_no_image_is_lost_or_made_otherwise_by_kills_of_driver_and_workers(tmp_path: Path) -> None:
    recipe, out = tmp_path / "recipe.json", tmp_path / "out"
    edit, transfer = {"index": 1, "sigmas": 1.5}, {"reference": {"seed": 4}, "regions": [{"index": 2}]}
    recipe.write_text(json.dumps({"component_edits": [edit], "style_transfers": [transfer]}))

    below, folders = set(), []
    for kill_after in (1, 70):
        driver = start(out, recipe)
        wait_for_images(driver, out, kill_after)
        workers = set(worker_ids(driver.pid))
        below |= set(descendants(driver.pid))
        folders.append(session_folder(driver.pid))
        driver.send_signal(signal.SIGKILL)
        driver.communicate()
        while not gone(workers):  # they end with the driver, whatever the driver's end
            time.sleep(0.05)
        assert not (out / "finished.json").exists()
    assert folders[-1].exists()  # nobody was left to take it away
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("images/*.png")}
    assert len(before) < IMAGES

    driver = start(out, recipe)
    for more in (5, 20):
        wait_for_images(driver, out, min(len(before) + more, IMAGES - 20))
        if workers := worker_ids(driver.pid):
            os.kill(workers[0], signal.SIGKILL)
    output, errors = driver.communicate(timeout=300)
    assert driver.returncode == 0, errors
    assert f"{IMAGES} images in" in output
    assert not [folder for folder in folders if folder.exists()], "sessions of killed runs are left"
    assert gone(below), "Ray's agents of killed runs are left"

    after = {path.name: path.stat().st_mtime_ns for path in out.glob("images/*.png")}
    assert {name: after[name] for name in before} == before, "images that were there have been made again"
    lines = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    assert [(line["index"], line["seed"]) for line in lines] == [(index, index) for index in range(IMAGES)]
    assert sorted(after) == [f"{index:08d}.png" for index in range(IMAGES)]
    with Client.local(TINY) as client:  # an uninterrupted run, by other code
        for line, begin in zip(lines, range(IMAGES), strict=True):
            if begin % 50 == 0:
                chunk = client.sample(range(begin, begin + 50))
                images = [client.transfer(client.edit(image, [(1, 1.5)]), 4, [2])[0] for image in chunk]
            image = images[begin % 50]
            sha256 = hashlib.sha256((out / line["file"]).read_bytes()).hexdigest()
            assert line["sha256"] == sha256 == hashlib.sha256(image.data).hexdigest()
            assert (line["latent_id"], line["bundle_digest"]) == (image.latent_id, image.bundle_digest)

    again = start(out, recipe)  # nothing to do: Ray is not even started
    output, errors = again.communicate(timeout=120)
    assert (again.returncode, f"0 made, {IMAGES} found" in output) == (0, True), errors
    other = subprocess.run([*COMMAND, "--out", str(out)], capture_output=True, text=True)
    assert (other.returncode, "holds another bulk job" in other.stderr) == (1, True)
    verified = subprocess.run([MAMMOGANESIS, "bulk", "verify", str(out)], capture_output=True, text=True)
    assert (verified.returncode, f"{IMAGES} of {IMAGES} images" in verified.stdout) == (0, True), verified.stdout


@pytest.mark.timeout(600)
def test_a_full_disk_is_named_and_a_larger_one_takes_the_job_up(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.json"
    recipe.write_text("{}")
    command = document(recipe)
    with small_disk(tmp_path / "disk", 384 * 2**10) as disk:
        out = disk / "out"
        full = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True)
        assert full.returncode == 1
        last = full.stderr.splitlines()[-1]
        sizes = r"\d+ bytes were to be written, \d+ bytes are free"
        kept = rf"\d+ of {IMAGES} images are whole, and the same command goes on from them"
        assert re.fullmatch(rf"error: {out}/\S+: the disk is full; {sizes}; {kept}", last)
        assert "Traceback" not in full.stderr
        assert 0 < written(out) < IMAGES
        assert not (out / "finished.json").exists()
        assert not [path for path in out.rglob("*") if path.name.endswith(".part")]
        subprocess.run(["mount", "-o", "remount,size=16m", disk], check=True)
        resumed = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True)
        assert resumed.returncode == 0, resumed.stderr
        assert written(out) == IMAGES
        assert "0 found" not in resumed.stdout
