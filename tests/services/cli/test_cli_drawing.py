"""What decides a picture that a command draws beside its own options: the labels drawn for a seed, the arithmetic."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.v1.bulk_pb2 import BulkJob
from services.bulk import driver
from services.bulk.document import complete
from services.bulk.plan import Plan, catalogue_of
from services.client import Client, Sampling
from tests.support.commands import LOCAL, Run
from tests.support.serving import TINY


def test_few_images_are_drawn_by_what_opens_soonest(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of the tiny bundle's, here."""
    monkeypatch.setattr("services.rendering.choice.FEW_PIXELS", 3 * 32 * 32)
    few = "in float32 (for fewer than 3 images nothing faster is looked for)"
    cases = [
        (["sample", "--seeds", "0-1", "--out", tmp_path / "two"], True),
        (["sample", "--seeds", "0-2", "--out", tmp_path / "three"], False),
        (["figure", "samples", "--images", "2", "--out", tmp_path / "two.png"], True),
        (["figure", "samples", "--images", "3", "--out", tmp_path / "three.png"], False),
        (["sweep", "--seed", "1", "--component", "0", "--steps", "5", "--out", tmp_path / "strip"], True),
        (["model"], False),
    ]
    for arguments, expected in cases:
        done = run(*arguments, *LOCAL, "--precision", "auto")
        assert (few in done.err) == expected, (arguments, done.err)
        assert done.err.startswith("synthesis: ")


def test_bulk_draws_the_labels_that_sample_draws(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conditional, asked = TINY.with_name("tiny_conditional_bundle"), []

    def made(job: BulkJob, *_: object) -> driver.Summary:
        asked.append(job)
        return driver.Summary(images=6, found=0)

    monkeypatch.setattr(driver, "run", made)
    out = ["--labels", "view=MLO", "--labels-drawn", "--bundle", conditional, "--out", tmp_path / "out"]
    assert run("bulk", "--seeds", "0:6", *out).code == 0
    bundle = load_bundle(conditional)
    plan = Plan.of(complete(asked[0]), catalogue_of(bundle), bundle.limits())
    with Client.local(conditional) as client:
        images = client.sample(range(6), sampling=Sampling(labels={"view": "MLO"}, labels_drawn=True))
    assert [plan.named(plan.drawn(i).recipe)[0] for i in range(6)] == [image.latent_id for image in images]
