"""`mammoganesis study analyse`: two files out of a table, with the keys that others script against."""

from __future__ import annotations

import html.parser
import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.support.commands import Run
from tests.support.observer_data import IMRMC, observer_file


def _table(path: Path, treatments: tuple[str, ...] = ("",)) -> Path:
    rng = np.random.default_rng(1)
    head = "reader,case,truth,rating,view" + (",treatment" if treatments != ("",) else "")
    lines = [head]
    for treatment in treatments:
        for reader in "ABC":
            for case in range(30):
                rating = int(np.clip(round(3.5 + rng.normal() + case % 2), 1, 6))
                line = f"{reader},{case},{case % 2},{rating},{'CC' if case < 15 else 'MLO'}"
                lines.append(f"{line},{treatment}" if treatment else line)
    path.write_text("\n".join(lines))
    return path


def test_results_and_a_report_are_written(run: Run, tmp_path: Path) -> None:
    table = _table(tmp_path / "r.csv")
    ran = run("study", "analyse", table, "--out", tmp_path / "out", "--scale", 1, 6, "--margin", "0.1")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[-2:] == [str(tmp_path / "out" / name) for name in ("results.json", "report.html")]
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert {reader["reader"] for reader in results["readers"]} == set("ABC")
    assert results["positive"] == "generated"
    assert 0 < results["pooled"]["auc"] < 1
    for method in ("jackknife", "delong", "ustatistic"):
        found = results["mrmc"]["all"][method]
        assert found["interval"][0] < found["auc"] < found["interval"][1]
        assert found["fixed_readers"]["df"] is None  # the normal distribution
        assert results["mrmc"]["all"]["fixed_readers"][method] == found["fixed_readers"]
    assert results["mrmc"]["all"]["equivalence"]["margin"] == 0.1
    assert [group["value"] for group in results["breakdowns"][0]["groups"]] == ["CC", "MLO"]


def test_the_report_is_one_page_that_needs_nothing_else(run: Run, tmp_path: Path) -> None:
    run("study", "analyse", _table(tmp_path / "r.csv"), "--out", tmp_path, "--positive", "synthetic", "--scale", 1, 6)
    page = (tmp_path / "report.html").read_text()
    results = json.loads((tmp_path / "results.json").read_text())
    html.parser.HTMLParser().feed(page)
    assert page.lower().startswith("<!doctype html>")
    assert "<svg" in page
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", page)
    assert "<script" not in page
    assert "synthetic" in page
    assert f"{results['mrmc']['all']['jackknife']['auc']:.2f}" in page


def test_treatments_are_compared(run: Run, tmp_path: Path) -> None:
    ran = run("study", "analyse", _table(tmp_path / "r.csv", ("before", "after")), "--out", tmp_path)
    assert ran.code == 0, ran.err
    found = json.loads((tmp_path / "results.json").read_text())
    assert set(found["mrmc"]) == {"before", "after"}
    for kind in ("random_readers_random_cases", "fixed_readers_random_cases", "random_readers_fixed_cases"):
        assert found["comparison"][kind]["statistic"] >= 0
        assert 0 <= found["comparison"][kind]["p"] <= 1
        assert found["comparison"][kind]["df"] >= 1


def test_published_results_of_van_dyke(run: Run, tmp_path: Path) -> None:
    ran = run("study", "analyse", observer_file("vandyke.csv"), "--out", tmp_path, "--positive", "diseased")
    assert ran.code == 0, ran.err
    found = json.loads((tmp_path / "results.json").read_text())
    first = found["mrmc"]["0"]["jackknife"]
    assert (round(first["se"], 8), round(first["df"], 2)) == (0.03317360, 12.74)
    assert [round(limit, 8) for limit in first["interval"]] == [0.82522360, 0.96885048]
    random = found["comparison"]["random_readers_random_cases"]
    assert (round(random["statistic"], 2), round(random["df"], 2), round(random["p"], 4)) == (4.46, 15.26, 0.0517)


def test_the_example_of_imrmc(run: Run, tmp_path: Path) -> None:
    assert run("study", "analyse", IMRMC, "--out", tmp_path).code == 0
    found = json.loads((tmp_path / "results.json").read_text())
    assert found["mrmc"]["testA"]["one_shot"]["auc"] == pytest.approx(0.704375)
    assert found["mrmc"]["testB"]["one_shot"]["auc"] == pytest.approx(0.7585)


@pytest.mark.parametrize(
    ("text", "arguments", "code", "words"),
    [
        ("reader,case,truth,rating\nA,1,1,x\nA,2,0,1", (), 1, "line 2, column rating: 'x'"),
        ("a,b\n1,2", (), 1, "columns reader, case, truth, rating"),
        ("reader,case,truth,rating\nA,1,1,2\nA,2,0,1", ("--scale", 6, 1), 2, "LOW must lie below HIGH"),
        ("reader,case,truth,rating\nA,1,1,2\nA,2,0,1", ("--margin", 2), 2, "--margin"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_written(
    run: Run, tmp_path: Path, text: str, arguments: tuple, code: int, words: str
) -> None:
    (tmp_path / "r.csv").write_text(text)
    ran = run("study", "analyse", tmp_path / "r.csv", "--out", tmp_path / "out", *arguments)
    assert ran.code == code
    assert words in ran.err.splitlines()[-1]
    assert not (tmp_path / "out").exists()
