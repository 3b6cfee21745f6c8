"""What a person types: any capitals will do, and what is misspelt is suggested."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from mammoganesis.pictures.png import read_png
from services.cli import COMMANDS
from tests.support.commands import LOCAL, Run
from tests.support.serving import Copy


@pytest.mark.parametrize(
    ("arguments", "suggested"),
    [
        (["sampel", "--seeds", "1"], "sample"),
        (["Verfy"], "verify"),
        (["figure", "sample"], "samples"),
        (["bundle", "chek"], "check"),
        (["sample", "--sedes", "1"], "--seeds"),
        (["edit", "--directon", "size=1"], "--direction"),
    ],
)
def test_misspelt_commands_and_options_are_suggested(run: Run, arguments: list[str], suggested: str) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert "Did you mean" in result.err
    assert f"'{suggested}'" in result.err


@pytest.mark.parametrize(
    ("arguments", "suggested"),
    [
        (["edit", "--seed", "1", "--direction", "Contrst=1"], "'contrast'"),
        (["sweep", "--seed", "1", "--direction", "coarsenes"], "'coarseness'"),
        (["transfer", "--seed", "1", "--reference-seed", "2", "--region", "rimm"], "'rim'"),
    ],
)
def test_misspelt_directions_and_regions_are_suggested(
    run: Run, edge: str, tmp_path: Path, arguments: list[str], suggested: str
) -> None:
    result = run(*arguments, "--address", edge, "--out", tmp_path / "out")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert f"did you mean {suggested}?" in result.err


def test_any_capitals_will_do(run: Run, edge: str, tmp_path: Path) -> None:
    options = ["--ADDRESS", edge, "--no-mark"]
    for number, (command, direction, region) in enumerate([("edit", "contrast", "rim"), ("EDIT", "Contrast", "RIM")]):
        out = tmp_path / f"{number}.png"
        assert run(command, "--Seed", "7", "--direction", f"{direction}=1", *options, "--out", out).code == 0
        transfer = ["Transfer", "--seed", "7", "--reference-seed", "2", "--region", region]
        assert run(*transfer, *options, "--out", tmp_path / f"t{number}.png").code == 0
    for name in ("", "t"):
        assert (tmp_path / f"{name}0.png").read_bytes() == (tmp_path / f"{name}1.png").read_bytes()


def test_labels_in_any_capitals_and_misspelt(run: Run, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.to_conditional()
    at = ["--local", "--bundle", copy.folder, "--out", tmp_path / "out"]
    assert run("sample", "--seeds", "1", "--labels", "View=mlo,DENSITY=b", *at).code == 0
    recipe = read_png((tmp_path / "out" / "seed00000001.png").read_bytes()).recipe
    assert recipe is not None
    assert dict(recipe.labels) == {"view": "MLO", "density": "B"}
    for labels, suggested in (("vew=MLO", "view"), ("view=ML", "MLO")):
        result = run("sample", "--seeds", "1", "--labels", labels, *at)
        assert (result.code, f"did you mean '{suggested}'?" in result.err) == (1, True), result.err


def test_displacements_outside_the_useful_range_are_drawn_with_a_warning(run: Run, edge: str, tmp_path: Path) -> None:
    """`contrast` of the tiny bundle was found useful from -4 to 4."""
    edit = ["edit", "--seed", "1", "--address", edge, "--out", tmp_path / "x.png"]
    together = "warning: the edits together: "
    result = run(*edit, "--direction", "contrast=5")
    assert (result.code, (tmp_path / "x.png").exists()) == (0, True)
    first, second = result.err.splitlines()
    assert first == "warning: contrast: +5 is outside the useful range, -4 to 4"
    assert second.startswith(together)
    assert run(*edit, "--direction", "contrast=-4").err == ""
    (only,) = run(*edit, "--edit", "1=15").err.splitlines()  # no direction runs along component 1
    assert only.startswith(together)
    sweep = ["sweep", "--seed", "1", "--direction", "contrast", "--steps", "2", "--address", edge, "--out", tmp_path]
    assert run(*sweep).err == ""
    assert "+9 is outside" in run(*sweep, "--sigmas-end", "9").err
    # `coarseness`, -2 to 3.5, runs against component 2.
    assert run(*edit, "--edit", "2=2").err == ""
    reversed_range = "warning: component 2 (coarseness, reversed): +3 is outside the useful range, -3.5 to 2\n"
    assert run(*edit, "--edit", "2=3").err == reversed_range


def test_edits_that_together_lead_out_of_what_the_model_has_learnt_are_drawn_with_a_warning(
    run: Run, edge: str, tmp_path: Path
) -> None:
    at, out = ["--seed", "1", "--address", edge], tmp_path / "x.png"
    assert run("edit", *at, "--edit", "0=1", "--out", out).err == ""
    assert run("describe", out, "--address", edge).err == ""
    beyond = r"warning: {}: \d\.\d\d times as far from the mean image as 99% of the model's own images; it may .*\n"
    far = run("edit", *at, "--edit", "0=3", "--edit", "1=3", "--edit", "3=3", "--edit", "4=3", "--out", out)
    assert far.code == 0
    assert re.fullmatch(beyond.format("the edits together"), far.err)
    assert re.fullmatch(beyond.format("this image"), run("describe", out, "--address", edge).err)
    # What the image has been through already counts.
    again = run("edit", "--image", out, "--address", edge, "--edit", "0=0.1", "--out", tmp_path / "y.png")
    assert re.fullmatch(beyond.format("the edits together"), again.err)


def test_a_sweep_along_a_direction_takes_its_useful_range(run: Run, edge: str, tmp_path: Path) -> None:
    at = ["--address", edge, "--out", tmp_path]
    swept = run("sweep", "--seed", "1", "--direction", "coarseness", "--steps", "2", *at)
    assert [line.split()[1] for line in swept.out.splitlines()[:2]] == ["-2", "+3.5"]
    both = run("sweep", "--seed", "1", "--direction", "coarseness", "--component", "1", *at)
    assert (both.code, "exactly one of --component, --direction" in both.err) == (2, True)
    number = run("sweep", "--seed", "1", "--direction", "0", *at)
    assert (number.code, "--component takes a number" in number.err) == (2, True)


def test_a_refused_connection_says_what_to_do(run: Run, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = ("--address", f"127.0.0.1:{free.getsockname()[1]}")
        result = run("sample", "--seeds", "1", *address, "--out", tmp_path)
        listed = run("registry", "list", *address)
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "`make up` starts a server; --local --bundle deploy/bundles/demo needs none" in result.err
    assert (listed.code, listed.err.count("\n")) == (1, 1)
    assert listed.err.endswith("; `make up` starts a server\n")


@pytest.mark.parametrize("arguments", [[], ["figure"], ["bundle"]])
def test_every_command_has_a_line_in_the_overview(run: Run, arguments: list[str]) -> None:
    lines = run(*arguments, "--help").out.partition("Commands:\n")[2].splitlines()
    shown = {line.split()[0]: line.split()[1:] for line in lines if line.startswith("  ") and line[2] != " "}
    expected = {"figure": {"samples", "components", "transfers", "direction"}, "bundle": {"check", "info"}}
    assert set(shown) == expected.get("".join(arguments), set(COMMANDS))
    assert all(len(words) > 3 for words in shown.values()), shown


def test_a_recipe_is_printed_as_json_and_taken_back(run: Run, edge: str, tmp_path: Path) -> None:
    edit = ["edit", "--direction", "contrast=1", "--address", edge, "--no-mark"]
    assert run(*edit, "--seed", "7", "--out", tmp_path / "first.png").code == 0
    printed = run("describe", tmp_path / "first.png", "--json", *LOCAL)
    assert printed.code == 0
    (tmp_path / "recipe.json").write_text(printed.out)
    again = ["redraw", tmp_path / "recipe.json", "--noise-seeds", "1", "--no-mark", *LOCAL, "--out", tmp_path / "a"]
    assert run(*again).code == 0
    assert run(*["redraw", tmp_path / "first.png", *again[2:-1], tmp_path / "b"]).code == 0
    (first,), (second,) = (list((tmp_path / name).iterdir()) for name in "ab")
    assert first.read_bytes() == second.read_bytes()
