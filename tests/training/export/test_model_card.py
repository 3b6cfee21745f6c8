"""A model card says what checkpoint, data and results say: the whole way of small commands, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from tests.support import changed_json
from tests.support.mammograms import mammogram, write_dicom
from training import configs
from training.checkpoints import origin
from training.checkpoints.checkpoint import read_content, resolve
from training.checkpoints.digest import generator_digest
from training.cli import main
from training.configs.options import TrainingOptions
from training.export.card_results import results
from training.export.evaluations import read_evaluations

TRAIN = ("--config", "tiny", "--kimg", 0.008, "--device", "cpu", "--threads", 1)
EXPORT = ("--random-codes", 1, "--preview-codes", 8, "--no-masked")
BY = "Kamal et al., Sample Hospital"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["--debug", *map(str, arguments)])


def done(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of 20 images of 10 patients with licence, a run on it, one that began from it, and what was measured."""
    folder = tmp_path_factory.mktemp("card")
    for number in range(20):
        values = (mammogram(number) * 10).astype(np.uint16)
        tags = {"PatientID": f"P{number // 2}", "ViewPosition": ("CC", "MLO")[number % 2]}
        write_dicom(folder / "in" / f"{number}.dcm", values, **tags)
    terms = ("--licence", "CC-BY-4.0", "--attribution", BY, "--workers", 0)
    done("prepare", folder / "in", "--out", folder / "data", "--resolution", 16, "--test-fraction", 0.5, *terms)
    done("train", "--data", folder / "data", "--out", folder / "run", *TRAIN)
    begun = ("--initialize-from", folder / "run", "--seed", 7)
    done("train", "--data", folder / "data", "--out", folder / "second", *TRAIN, *begun)
    sampling = ("--data", folder / "data", "--samples", 8, "--device", "cpu", "--threads", 1)
    out = folder / "results" / "deep"
    out.mkdir(parents=True)
    kid = ("--metric", "kid", "--bootstrap", 5)
    done("evaluate", "metrics", folder / "second", *sampling, *kid, "--out", out / "m.json")
    done("evaluate", "neighbours", folder / "second", *sampling, "--out", out / "n.json")
    another = json.loads((out / "n.json").read_text()) | {"generator_digest": "0" * 64}
    (out / "another.json").write_text(json.dumps(another))
    (out / "other.json").write_text('{"something": "else"}')
    return folder


@pytest.fixture(scope="module")
def card(work: Path) -> str:
    said = done("export", work / "second", "--out", work / "bundle", *EXPORT, "--evaluations", work / "results")
    assert "left out: " in said
    assert "another.json: is of another generator" in said
    return (work / "bundle" / "MODEL_CARD.md").read_text()


def test_the_card_has_the_facts_of_the_data(work: Path, card: str) -> None:
    index = json.loads((work / "data" / "index.json").read_text())
    trained = [row for row in index["images"] if row["split"] == "train"]
    patients = len({row["patient"] for row in trained})
    assert 0 < len(trained) < 20
    for part in (
        "- Licence: CC-BY-4.0\n",
        f"- Attribution: {BY}\n",
        f"| Training images | {len(trained)} of {patients} patients |",
        f"| Held out | {20 - len(trained)} of {10 - patients} other patients |",
        f"| Views | CC {len(trained) // 2}, MLO {len(trained) // 2} |",
        f"| Data digest | `{index['digest']}` |",
    ):
        assert part in card
    manifest = json.loads((work / "bundle" / "manifest.json").read_text())
    assert (manifest["licence"], manifest["attribution"]) == ("CC-BY-4.0", BY)


def test_the_card_has_the_command_and_what_it_began_from_and_no_path(work: Path, card: str) -> None:
    assert "\n    mammoganesis-training train --config tiny --kimg 0.008 --seed 7\n" in card
    assert f"Began from the generator `{generator_digest(resolve(work / 'run'))}`: 0.008 thousand images" in card
    assert str(work) not in card
    assert not re.search(r"P\d\b", card)


def test_the_card_has_what_was_measured_and_says_what_was_not(work: Path, card: str) -> None:
    measured = json.loads((work / "results" / "deep" / "m.json").read_text())["evaluations"][0]["results"][0]
    assert "| kid" in card
    assert f"{measured['value']:.4g} (" in card
    assert f"{measured['floor']['value']:.4g} (" in card
    verdict = json.loads((work / "results" / "deep" / "n.json").read_text())["verdict"][0]
    assert verdict.removeprefix("verdict: ")[1:] in card
    assert "How local edits of regions are was not measured." in card
    assert "Nobody has looked for copies" not in card
    assert "**Nobody has stated under which licence" not in card


def test_the_card_has_the_curve_of_the_checkpoints_that_were_measured(work: Path, tmp_path: Path) -> None:
    """Two earlier checkpoints beside the generator's own, in any order, and a folder of images, which is none."""
    content = json.loads((work / "results" / "deep" / "m.json").read_text())
    (own,) = content["evaluations"]
    result = own["results"][0]

    def other(kimg: float | None, value: float) -> dict:
        digest = "1" * 64 if kimg else ""
        return own | {"kimg": kimg, "generator_digest": digest, "results": [result | {"value": value}]}

    content["evaluations"] = [own, other(0.004, 0.5), other(None, 0.6), other(0.002, 0.7)]
    (tmp_path / "curve.json").write_text(json.dumps(content))
    found = read_evaluations([tmp_path / "curve.json"], own["generator_digest"], print)
    (table,) = re.findall(r"as many samples each:\n\n((?:\|.*\n)+)", results(found))
    assert [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()] == [
        ["thousand images shown", "kid"],
        ["---", "---"],
        ["0.002", "0.7"],
        ["0.004", "0.5"],
        [f"{own['kimg']:g} (this model)", f"{result['value']:.4g}"],
        ["floor", f"{result['floor']['value']:.4g}"],
    ]
    assert "as many samples each" not in results(read_evaluations([work / "results"], own["generator_digest"], print))


def test_results_of_another_generator_are_refused(work: Path, tmp_path: Path) -> None:
    for named, message in (
        (work / "results" / "deep" / "n.json", "n.json: is of another generator"),
        (work / "results", "results: holds no results of `evaluate` for this generator"),
        (
            work / "results" / "deep" / "other.json",
            "other.json: is no result of evaluate directions, evaluate locality",
        ),
    ):
        result = run("export", work / "run", "--out", tmp_path / "bundle", *EXPORT, "--evaluations", named)
        assert (result.exit_code, message in result.output) == (1, True), result.output
    broken = json.loads((work / "results" / "deep" / "n.json").read_text())
    del broken["spaces"][0]["auc"]
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    result = run("export", work / "second", "--out", tmp_path / "b", *EXPORT, "--evaluations", tmp_path / "broken.json")
    assert (
        "broken.json: spaces[0].auc is missing; expected a number, or null; write it again with `eval" in result.output
    )
    assert [path.name for path in tmp_path.iterdir()] == ["broken.json"]


def test_a_licence_is_asked_for(work: Path, tmp_path: Path) -> None:
    """A checkpoint from before knows neither licence nor counts; --data gives it those of its set."""
    old = tmp_path / "old"
    old.mkdir()
    for file in resolve(work / "second").iterdir():
        (old / file.name).write_bytes(file.read_bytes())
    content = read_content(old)
    for name in ("data", "ancestors"):
        del content[name]
    (old / "checkpoint.json").write_text(json.dumps(content))
    result = run("export", old, "--out", tmp_path / "bundle", *EXPORT)
    assert result.exit_code == 1
    assert "no licence of the training images is stated; give --licence" in result.output
    result = run("export", work / "second", "--out", tmp_path / "bundle", *EXPORT, "--no-licence")
    assert "--no-licence is given, but the licence is stated: 'CC-BY-4.0'" in result.output
    assert not (tmp_path / "bundle").exists()
    done("export", old, "--out", tmp_path / "without", *EXPORT, "--no-licence")
    card = (tmp_path / "without" / "MODEL_CARD.md").read_text()
    assert "- Licence: Not stated.\n- Attribution: not stated\n" in card
    assert "**Nobody has stated under which licence the training images may be used." in card
    assert "**Nobody has looked for copies of training images**" in card
    assert "The checkpoint does not say of how many images" in card
    own = origin.training_of(content, "0" * 64)
    from training.export.terms import with_data

    assert with_data(own, work / "data").data["licence"] == "CC-BY-4.0"


@pytest.mark.parametrize("name", configs.NAMES)
def test_the_command_of_a_known_run_is_its_name(name: str) -> None:
    assert origin.command_of(configs.load(name)) == f"mammoganesis-training train --config {name}"


def test_the_command_says_what_no_option_sets() -> None:
    values = configs.load("demo").to_dict() | {"r1_interval": 8, "loss": "logistic", "metrics": ["kid", "frd"]}
    values["generator"] |= {"channel_base": 4096, "label_fields": [["view", ["CC", "MLO"]]]}
    assert origin.command_of(TrainingOptions.from_dict(values)) == (
        "mammoganesis-training train --config demo --loss logistic --metrics kid,frd --labels view"
        "  # and in the configuration: r1_interval = 8, generator.channel_base = 4096"
    )


@pytest.mark.parametrize("name", ["m.json", "n.json"])
def test_whatever_one_value_of_a_result_is_there_is_an_answer(work: Path, tmp_path: Path, name: str) -> None:
    whole, file = json.loads((work / "results" / "deep" / name).read_text()), tmp_path / "changed.json"
    digest = generator_digest(resolve(work / "second"))
    said = changed_json.refused(whole, file, lambda: results(read_evaluations([file], digest, print)))
    assert len(said) > 100
    assert all(str(file) in line and "\n" not in line for _, line in said)
