"""mammoganesis audit, before a server with records and on files alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.audit_chain import broken_at
from tests.support.commands import Run
from tests.support.keys import new_key
from tests.support.recorded import Recorded, recorded
from tests.support.served import served_edge


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    folder = tmp_path_factory.mktemp("records")
    with recorded(folder, signing_key_file=new_key(folder, "key")[0]) as running:
        yield running


def drawn(run: Run, server: Recorded, seed: int, folder: Path) -> str:
    """The line of an image that was made; the test's own time limit ends the wait."""
    assert run("sample", "--address", server.address, "--seeds", seed, "--out", folder).code == 0
    while True:
        listed = run("audit", "list", "--address", server.address, "--action", "SamplingService/StreamSamples")
        assert listed.code == 0
        if listed.out.count("SamplingService/StreamSamples"):
            return listed.out.splitlines()[0]


def test_the_log_is_listed_exported_and_proved(run: Run, server: Recorded, tmp_path: Path) -> None:
    line = drawn(run, server, 3, tmp_path)
    assert "  nobody|everybody  ipv4:127.0.0.1  SamplingService/StreamSamples  OK  1 images" in line
    file = tmp_path / "audit.jsonl"
    assert run("audit", "export", "--address", server.address, "--out", file).code == 0
    assert broken_at(file.read_bytes()) is None
    asked = run("audit", "verify", "--address", server.address)
    assert (asked.code, asked.out.split(":")[0]) == (0, "unbroken")
    public = Path(server.environment["MAMMOGANESIS_RECORDS_FOLDER"]) / "key.pub.pem"
    read = run("audit", "verify", file, "--public-keys", public)
    assert (read.code, read.err) == (0, "")
    assert "2 signed" in read.out
    head = read.out.split()[-1]
    assert run("audit", "verify", "--address", server.address, "--known", head).code == 0
    other = f"{head.partition(':')[0]}:{'0' * 64}"
    broken = run("audit", "verify", "--address", server.address, "--known", other)
    assert (broken.code, "another than the one that was noted" in broken.err) == (3, True)


def test_a_file_that_was_changed_is_told_with_its_place(run: Run, server: Recorded, tmp_path: Path) -> None:
    drawn(run, server, 4, tmp_path)
    file = tmp_path / "audit.jsonl"
    run("audit", "export", "--address", server.address, "--out", file)
    file.write_text(file.read_text().replace("nobody|everybody", "somebody|else", 1))
    broken = run("audit", "verify", file)
    assert broken.code == 3
    assert "entry 1 was changed: it has not the hash that stands beside it" in broken.err
    file.write_text("{}\n")
    assert run("audit", "verify", file).code == 1


def test_known_places_are_judged_before_anything_is_asked(run: Run) -> None:
    refused = run("audit", "verify", "--known", "12:xyz", "--address", "127.0.0.1:1")
    assert (refused.code, "64 hexadecimal digits" in refused.err) == (2, True)


def test_the_oldest_entries_are_removed_and_the_rest_is_proved(
    run: Run, server: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(run, server, 5, tmp_path)
    for name, value in server.environment.items():
        if name in ("MAMMOGANESIS_RECORDS_FOLDER", "MAMMOGANESIS_SIGNING_KEY_FILE"):
            monkeypatch.setenv(name, value)
    pruned = run("audit", "prune", "--before", "2100-01-01", "--yes")
    assert pruned.code == 0
    assert int(pruned.out.split()[0]) > 0
    assert run("audit", "verify", "--address", server.address).code == 0
    (line,) = run("audit", "list", "--address", server.address, "--action", "prune").out.splitlines()
    assert "  command|" in line
    file = tmp_path / "rest.jsonl"
    run("audit", "export", "--address", server.address, "--out", file)
    first = json.loads(file.read_text().splitlines()[0])["checkpoint"]
    assert first["pruned"] is True
    assert broken_at(file.read_bytes()) is None


def test_tokens_that_are_made_and_ended_are_in_the_log_of_their_server(
    run: Run, server: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAMMOGANESIS_SERVICE_TOKENS_FILE", str(tmp_path / "tokens.json"))
    for name, value in server.environment.items():
        if name in ("MAMMOGANESIS_RECORDS_FOLDER", "MAMMOGANESIS_SIGNING_KEY_FILE"):
            monkeypatch.setenv(name, value)
    made = run("token", "create", "night-job", "--roles", "researcher,learner")
    identity = made.err.split()[0]
    run("token", "create", "elsewhere", "--roles", "reader", "--file", tmp_path / "other.json")
    assert run("token", "revoke", "night-job").code == 0
    listed = run("audit", "list", "--address", server.address, "--about", f"token:{identity}").out.splitlines()
    assert [line.split("  ")[4] for line in listed] == ["token revoke", "token create"]
    assert listed[1].endswith(f"OK  token:{identity}  program:night-job  role:learner  role:researcher")
    assert "elsewhere" not in run("audit", "list", "--address", server.address, "--count", 200).out
    assert made.out.strip() not in run("audit", "export", "--address", server.address).out
    monkeypatch.setenv("MAMMOGANESIS_RECORDS_URL", "sqlite:////nowhere/at/all")
    told = run("token", "create", "night-job", "--roles", "reader")
    assert (told.code, "not in the audit log: " in told.err) == (0, True)


def test_what_is_left_is_told(run: Run, server: Recorded, tmp_path: Path) -> None:
    nothing = run("quota", "--address", server.address)
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "there are no quotas for you\n")
    document = tmp_path / "quotas.toml"
    document.write_text("[everybody]\nimages_per_day = 5\nstreams = 3\n")
    with served_edge(edge={"quotas_file": document}) as address:
        assert run("sample", "--address", address, "--seeds", "1-2", "--out", tmp_path).code == 0
        told = run("quota", "--address", address).out.splitlines()
        assert told[0].startswith("images_per_day  of this host  2 of 5  until ")
        assert told[1] == "streams  of this host  0 of 3  at a time"
        refused = run("sample", "--address", address, "--seeds", "1-4", "--deadline", 5, "--out", tmp_path)
    assert refused.code == 1
    assert "quota images_per_day of this host: 2 of 5 are used, and 4 more asked for" in refused.err
