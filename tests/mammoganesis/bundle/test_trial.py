"""A bundle is tried in a process that may not take everything, and with the words of the one reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoganesis.bundle.golden import check_golden
from mammoganesis.bundle.loading import open_bundle
from mammoganesis.bundle.trial import Limits, try_bundle
from mammoganesis.errors import BundleError
from tests.support.hostile_networks import joined
from tests.support.serving import TINY, Copy

ENOUGH = Limits.of(32, 2**20)


def test_a_good_bundle_passes() -> None:
    try_bundle(TINY)


@pytest.mark.parametrize("change", ["bomb", "golden case", "file"])
def test_the_refusal_is_that_of_the_reader(tmp_path: Path, change: str) -> None:
    copy = Copy(tmp_path / "b\u00fcndle")
    if change == "bomb":
        copy.write("mapping.onnx", joined())
    elif change == "file":
        (copy.folder / "golden.npz").unlink()
    else:
        copy.change_arrays("golden.npz", lambda arrays: arrays.update(preview=arrays["preview"] + np.float32(1)))
    with pytest.raises(BundleError) as here:
        check_golden(open_bundle(copy.folder))
    with pytest.raises(BundleError) as elsewhere:
        try_bundle(copy.folder)
    assert elsewhere.value.message == here.value.message


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(memory_mib=100, cpu_seconds=60, wall_seconds=60), "100 MiB of memory"),
        (Limits(memory_mib=ENOUGH.memory_mib, cpu_seconds=0, wall_seconds=60), "0 s of processor time"),
        (Limits(memory_mib=ENOUGH.memory_mib, cpu_seconds=60, wall_seconds=0), "took more than 0 s"),
    ],
    ids=["memory", "processor time", "time"],
)
def test_what_takes_more_than_the_limits_is_refused_in_one_line(limits: Limits, words: str) -> None:
    with pytest.raises(BundleError) as caught:
        try_bundle(TINY, limits)
    assert words in caught.value.message
    assert "\n" not in caught.value.message
