"""`mammoganesis case` against a server with records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoganesis.v1 import cases_pb2 as pb
from tests.support.commands import LOCAL, Run
from tests.support.recorded import Recorded, case, recorded


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    with recorded(tmp_path_factory.mktemp("records")) as running:
        yield running


def test_cases_are_listed_shown_exported_and_imported(run: Run, records: Recorded, tmp_path: Path) -> None:
    made = records.cases.CreateCase(pb.CreateCaseRequest(case=case("A kept case"))).case
    server = ("--address", records.address)
    listed = run("case", "list", "kept", *server)
    assert listed.out.split() == f"{made.case_id}  version 1, 2 image(s), 6 question(s) A kept case".split()
    shown = json.loads(run("case", "show", made.case_id, *server).out)
    assert (shown["case_id"], shown["images"][0]["latent"]["recipe"]["seed"]) == (made.case_id, "11")
    for option, name in (("--pictures", "a_kept_case.zip"), ("--no-pictures", "a_kept_case.json")):
        exported = run("case", "export", made.case_id, option, "--out", tmp_path, *server)
        assert exported.out.strip() == str(tmp_path / name), exported.err
        imported = run("case", "import", tmp_path / name, *server)
        case_id, title = imported.out.strip().split("  ")
        assert title == "A kept case"
        assert case_id != made.case_id
    assert run("case", "list", *server).out.count("A kept case") == 3


def test_what_is_wrong_is_one_line(run: Run, records: Recorded, tmp_path: Path) -> None:
    server = ("--address", records.address)
    (tmp_path / "other.json").write_text("[]")
    (tmp_path / "empty.json").touch()
    for arguments, code, words in (
        (("show", "case_" + "0" * 32, *server), 1, "there is no case"),
        (("show", "case_x", *server), 1, "case_id"),
        (("import", tmp_path / "other.json", *server), 1, "a JSON object"),
        (("import", tmp_path / "empty.json", *server), 1, "an empty file"),
        (("export", *server), 2, "--collection"),
        (("list", *LOCAL), 2, "No such option '--local'"),
    ):
        ran = run("case", *arguments)
        assert ran.code == code
        assert words in ran.err
        assert "Traceback" not in ran.err
