"""What is checked before anything is started."""

from __future__ import annotations

import resource
import stat
import time
from pathlib import Path

import pytest

from mammoganesis.errors import DiskFull, FailedPrecondition, InvalidArgument, Unavailable
from services.cluster.settings import HAPROXY_CONNECTIONS, open_files_needed, room_needed
from services.launch.checks import check
from services.launch.endings import obituary, obituary_with_log
from services.process.children import Child
from services.process.config import Config
from services.process.ports import free_block
from tests.support.serving import TINY
from tests.support.small_disk import small_disk

FREE = free_block(2)
CONFIG = Config(bundle=TINY, edge_port=0, studio_port=0, records_port=0, serve_grpc_port=FREE, serve_http_port=FREE + 1)


def lines(config: Config = CONFIG) -> list[str]:
    said: list[str] = []
    check(config, said.append)
    return said


def test_a_hard_limit_of_open_files_that_is_too_low_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HAPROXY_CONNECTIONS, raising=False)
    needed = open_files_needed({})
    # HAProxy itself, with Ray Serve's configuration: "Cannot raise FD limit to 10271, limit is ..."
    assert 10_271 <= needed < 10_400
    monkeypatch.setattr(resource, "getrlimit", lambda which: (1024, needed - 1))
    with pytest.raises(Unavailable) as refused:
        lines()
    for words in (f"hard limit is {needed - 1}", f"needs {needed}", f"ulimit -Hn {needed}", HAPROXY_CONNECTIONS):
        assert words in refused.value.message
    assert "\n" not in refused.value.message
    for hard in (needed, resource.RLIM_INFINITY):
        monkeypatch.setattr(resource, "getrlimit", lambda which, hard=hard: (1024, hard))
        assert lines()
    # Fewer connections need fewer files, and Serve's Python proxy none of HAProxy's.
    assert open_files_needed({HAPROXY_CONNECTIONS: "1000"}) < 2_600
    assert open_files_needed({"RAY_SERVE_ENABLE_HA_PROXY": "0"}) == 0
    with pytest.raises(InvalidArgument, match=f"{HAPROXY_CONNECTIONS}: 'many' is not allowed"):
        open_files_needed({HAPROXY_CONNECTIONS: "many"})


def test_a_full_temporary_folder_is_named_before_anything_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path / "d") as disk:
        monkeypatch.setattr("services.process.folders._MOST_BYTES", 200)
        monkeypatch.setenv("TMPDIR", str(disk))
        with pytest.raises(
            DiskFull, match=rf"{disk}: the disk is full; \d+ bytes were to be written, \d+ bytes are free"
        ):
            lines(CONFIG.changed(bundle=tmp_path / "missing"))


def test_keys_that_are_none_are_named_before_anything_is_started(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("secret-words")
    for settings, named in (
        ({"signing_key_file": bad}, "SIGNING_KEY_FILE"),
        ({"signing_public_keys_file": bad}, "SIGNING_PUBLIC_KEYS_FILE"),
    ):
        with pytest.raises(InvalidArgument, match=f"^MAMMOGANESIS_{named}: "):
            lines(CONFIG.changed(**settings))
    with pytest.raises((InvalidArgument, FailedPrecondition), match=r"^MAMMOGANESIS_C2PA_CERTIFICATES_FILE: "):
        lines(CONFIG.changed(c2pa_certificates_file=bad, c2pa_key_file=bad))  # with c2pa-python, and without


def test_rays_object_store_needs_room_where_shared_memory_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.cluster.settings.OBJECT_STORE_BYTES", 1)
    alone = room_needed()
    monkeypatch.setattr("services.cluster.settings.OBJECT_STORE_BYTES", 2**60)
    assert room_needed() == alone + 2**60


def test_a_full_temporary_folder_does_not_hide_what_has_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child("part", ["/bin/echo", "the reason"], {}, tmp_path)
    while child.exit_code is None:
        time.sleep(0.01)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kept = obituary(child, "ended with exit code 3")
    assert kept.startswith(f"part ended with exit code 3: the reason (log: {tmp_path}/")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    told = "part ended with exit code 3: the reason (its log could not be kept: "
    assert obituary(child, "ended with exit code 3").startswith(told)


def test_a_log_that_stays_is_named_where_it_is(tmp_path: Path) -> None:
    child = Child("part", ["/bin/echo", "the reason"], {}, tmp_path)
    while child.exit_code is None:
        time.sleep(0.01)
    told = obituary_with_log(child, "ended with exit code 3")
    assert told == f"part ended with exit code 3: the reason (log: {child.log})"
    assert stat.S_IMODE(child.log.stat().st_mode) == 0o600
