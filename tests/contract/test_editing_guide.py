"""docs/editing.md: its commands run as they are written, one after the other, and its marks are where figures.py needs
them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from services.cli import main
from services.client import Client
from services.client.provenance import Verdict, verify
from tests.places import ROOT
from tests.support.served import served_edge

DEMO = ROOT / "deploy" / "bundles" / "demo"
TEXT = (ROOT / "docs" / "editing.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    """What people are told to type, except what starts a server or belongs to training."""
    lines = [line for block in re.findall(r"^```sh\n(.*?)^```", TEXT, re.M | re.S) for line in block.splitlines()]
    words = [shlex.split(line)[1:] for line in lines if line.startswith("mammoganesis ")]
    return [arguments for arguments in words if arguments[0] not in ("serve", "bundle")]


def test_every_command_runs_and_the_last_image_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAMMOGANESIS_BUNDLE", raising=False)
    with served_edge(DEMO) as edge:
        with Client.connect(edge) as client:
            named = bool(client.list_directions())
        for arguments in commands():
            if not named and arguments[:2] == ["figure", "direction"]:
                continue
            if not named:  # a bundle that nobody has curated: its components have numbers only
                arguments = ["0=2" if word == "size=1.5" else word for word in arguments]
                arguments = ["0" if word == "size" else word for word in arguments]
                option = "--component" if arguments[0] == "sweep" else "--edit"
                arguments = [option if word == "--direction" else word for word in arguments]
            with pytest.raises(SystemExit) as ended:
                main([*arguments, "--address", edge])
            assert ended.value.code == 0, arguments
        with Client.connect(edge) as client:
            assert verify(client, (tmp_path / "transferred.png").read_bytes()).verdict is Verdict.UNCHANGED
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "transferred.png").read_bytes()
    assert len(list((tmp_path / "samples").glob("seed*.png"))) == 8
    assert (tmp_path / "samples" / "contact_sheet.png").exists()


def test_the_marks_for_the_tables_are_there_once() -> None:
    for mark in ("names", "directions", "locality"):
        assert len(re.findall(rf"<!-- {mark}: start -->\n.*?<!-- {mark}: end -->", TEXT, re.S)) == 1, mark


def test_the_figures_are_small_enough_to_be_shown() -> None:
    shown = re.findall(r"\((images/[a-z0-9_]+\.png)\)", TEXT)
    assert len(shown) == len(set(shown)) == 10
    for path in shown:
        assert (ROOT / "docs" / path).stat().st_size < 700_000, path
