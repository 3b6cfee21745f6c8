"""mammoganesis registry and verify --registry, before a server with records."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.places import DEMO_BUNDLE, DEMO_SIZE
from tests.support.commands import Run
from tests.support.recorded import Recorded, recorded


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    with recorded(tmp_path_factory.mktemp("records"), bundle=DEMO_BUNDLE) as running:
        yield running


@pytest.fixture
def server(running: Recorded) -> str:
    return running.address


def entries(run: Run, server: str) -> int:
    return len(run("registry", "list", "--count", 1000, "--address", server).out.splitlines())


@pytest.fixture
def handed_out(run: Run, server: str, tmp_path: Path) -> Path:
    """An image that the registry has."""
    folder, before = tmp_path / "images", entries(run, server)
    assert run("sample", "--address", server, "--seeds", 3, "--no-mark", "--out", folder).code == 0
    while entries(run, server) == before:  # it is registered a moment later
        time.sleep(0.05)
    return folder / "seed00000003.png"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("case", "list"), "no case\n"),
        (("case", "list", "masses"), "no case has all these words in its title\n"),
        (("study", "list"), "no study\n"),
        (("bulk", "list"), "no job\n"),
        (("lti", "platform", "list"), "no platform is registered\n"),
        (("registry", "list", "--caller", "ipv4:10.0.0.7"), "no entry\n"),
        (("audit", "list", "--who", "a|b"), "no entry\n"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_a_list_of_nothing_is_said_beside_the_output(
    run: Run, server: str, arguments: tuple[str, ...], said: str
) -> None:
    listed = run(*arguments, "--address", server)
    assert (listed.code, listed.out, listed.err) == (0, "", said)


def test_a_copy_is_found_and_what_was_painted_into_it_is_drawn(
    run: Run, server: str, handed_out: Path, tmp_path: Path
) -> None:
    with Image.open(handed_out) as opened:
        pixels = np.array(opened)
    copy, painted, drawn = tmp_path / "copy.jpg", tmp_path / "painted.png", tmp_path / "drawn.png"
    Image.fromarray(pixels).save(copy, quality=60)
    found = run("registry", "search", copy, "--address", server)
    assert (found.code, found.out.count("likeness") > 0) == (0, True)
    assert run("verify", copy, "--address", server).code == 4
    near = run("verify", copy, "--address", server, "--registry", "--difference", drawn)
    assert near.code == 12
    assert "like an image that was handed out" in near.out
    assert "nothing was seen beyond what saving a file anew does" in near.err
    assert not drawn.exists()
    lost = tmp_path / "lost.png"
    Image.fromarray(pixels).save(lost)
    assert run("verify", lost, "--address", server, "--registry").code == 11
    assert run("verify", handed_out, "--address", server, "--registry").code == 0
    pixels[60:70, 90:100] = 255
    with Image.open(handed_out) as opened:
        opened.load()
        from PIL.PngImagePlugin import PngInfo

        texts = PngInfo()
        for key, value in opened.text.items():  # type: ignore[attr-defined]
            texts.add_itxt(key, str(value))
    Image.fromarray(pixels).save(painted, pnginfo=texts)
    for where in (("--address", server), ("--local", "--bundle", DEMO_BUNDLE), ("--address", server, "--registry")):
        told = run("verify", painted, *where, "--difference", drawn)
        assert told.code == 3
        assert "10 x 10 at 90, 60" in told.err
        with Image.open(drawn) as picture:
            assert picture.size == (DEMO_SIZE, DEMO_SIZE)
        drawn.unlink()


def test_the_registry_is_exported_in_both_forms(run: Run, server: str, handed_out: Path, tmp_path: Path) -> None:
    table, lines = tmp_path / "registry.csv", tmp_path / "registry.jsonl"
    before = b""
    while not before or before != table.read_bytes():  # what was drawn is registered a moment later
        for file in (table, lines):
            assert run("registry", "export", "--address", server, "--out", file).code == 0
        before = table.read_bytes()
        assert run("registry", "export", "--address", server, "--out", table).code == 0
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    objects = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [row["latent_id"] for row in rows] == [each["latent_id"] for each in objects]
    assert rows[0]["caller"].startswith("ipv4:127.0.0.1")
    assert run("registry", "export", "--address", server, "--since", "2199-01-01").out == ""


def test_nothing_like_it_has_a_code_of_its_own(run: Run, server: str, handed_out: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64), dtype=np.uint8)).save(other)
    assert run("registry", "search", other, "--address", server).code == 3
    assert run("verify", other, "--address", server, "--registry").code == 4
    assert run("verify", other, "--local", "--bundle", DEMO_BUNDLE, "--registry").code == 1


def test_the_oldest_entries_are_removed_and_that_is_told(
    run: Run, running: Recorded, handed_out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = ("--address", running.address)
    monkeypatch.setenv("MAMMOGANESIS_RECORDS_FOLDER", running.environment["MAMMOGANESIS_RECORDS_FOLDER"])
    assert run("registry", "search", handed_out, *address).code == 0
    there = entries(run, running.address)
    assert run("registry", "prune", "--before", "2020-01-01", "--yes").out == "0 entries were removed\n"
    assert run("registry", "prune", "--before", "2100-01-01", "--yes").out == f"{there} entries were removed\n"
    listed = run("registry", "list", *address)
    assert (listed.out, f"{there} entries were removed by the operator" in listed.err) == ("", True)
    assert run("registry", "search", handed_out, *address).code == 3
    assert run("verify", handed_out, *address, "--registry").code == 0  # by its recipe, as ever
    (line,) = run("audit", "list", "--action", "registry prune", *address).out.splitlines()
    assert "  command|" in line
