"""How often edited images look unlike real ones: what is counted, and that it reaches a new version of a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from mammoganesis.bundle.curated import curated_ranges
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.v1.manifest_pb2 import ReachEvidence
from mammoganesis.recipe.limits import DEFAULT_SIGMAS
from tests.places import TINY_BUNDLE
from training.cli import main
from training.evaluation.beyond import count, some_moves


def curate(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["--debug", "curate", *map(str, arguments)])


def test_images_count_where_they_lie_and_the_border_lies_within() -> None:
    found = ReachEvidence()
    count(found, np.array([0.2, 1.0, 1.0001, 3.0]), np.array([False, True, False, True]))
    count(found, np.array([0.9, 1.5]), np.array([False, True]))
    assert (found.images_within, found.unlike_within, found.images_beyond, found.unlike_beyond) == (3, 1, 3, 2)


def test_edits_are_of_three_kinds_and_two_widths() -> None:
    directions = curated_ranges(load_bundle(TINY_BUNDLE).manifest)
    random, num_ws = np.random.default_rng(0), 8
    for number in range(240):
        edits = some_moves(number, directions, num_ws, 8, random)
        width = 1.5 if number // 2 % 2 else 1
        if number // 4 % 3 == 0:
            assert [edit.index for edit in edits] == [part.index for direction, _ in directions for part in direction]
            continue
        assert 1 <= len({edit.index for edit in edits}) == len(edits) <= 4
        assert all(abs(edit.sigmas) <= width * DEFAULT_SIGMAS[1] for edit in edits)
        [layers] = {(edit.layer_start, edit.layer_end) for edit in edits}
        assert layers == (0, num_ws) if number // 4 % 3 == 1 else layers[1] - layers[0] == num_ws // 3
    plain = [edit.sigmas for n in (4, 5) for _ in range(300) for edit in some_moves(n, [], num_ws, 8, random)]
    wide = [edit.sigmas for n in (6, 7) for _ in range(300) for edit in some_moves(n, [], num_ws, 8, random)]
    assert max(plain) <= 3 < 4 < max(wide) <= 4.5


def test_a_new_version_says_what_was_measured_until_its_directions_change(tmp_path: Path) -> None:
    result = curate("reach", TINY_BUNDLE, "--out", tmp_path / "new", "--images", 9, "--threads", 1)
    assert result.exit_code == 0, result.output
    old, new = load_bundle(TINY_BUNDLE), load_bundle(tmp_path / "new")
    found = new.manifest.reach_evidence
    assert found.images_within + found.images_beyond == 9
    assert new.manifest.curated_from == old.digest
    assert new.manifest.named_components == old.manifest.named_components
    assert f"{found.unlike_within} of {found.images_within} images" in result.output
    assert "Edited images: of " in (tmp_path / "new" / "MODEL_CARD.md").read_text()

    catalogue = {"bundle_digest": new.digest, "directions": [], "regions": []}
    for name, directions in (("kept", [_as_written(one) for one in new.manifest.named_components]), ("other", [])):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(catalogue | {"directions": directions}))
        result = curate("apply", tmp_path / "new", file, "--out", tmp_path / name)
        assert result.exit_code == 0, result.output
    assert load_bundle(tmp_path / "kept").manifest.reach_evidence == found
    assert not load_bundle(tmp_path / "other").manifest.HasField("reach_evidence")


def _as_written(named) -> dict:
    return {
        "name": named.name,
        "index": named.index,
        "layer_start": named.layer_start,
        "layer_end": named.layer_end,
        "reversed": named.reversed,
        **({"sigmas_start": named.sigmas_start} if named.HasField("sigmas_start") else {}),
        **({"sigmas_end": named.sigmas_end} if named.HasField("sigmas_end") else {}),
        "note": "another note changes nothing of what was measured",
    }


@pytest.mark.parametrize(("images", "words"), [(0, "--images"), (10**9, "--images")])
def test_a_number_of_images_that_cannot_be_is_refused(images: int, words: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        main, ["curate", "reach", str(TINY_BUNDLE), "--out", str(tmp_path / "new"), "--images", str(images)]
    )
    assert result.exit_code != 0
    assert words in result.output
