"""docs/bundle.md names every file, graph input and output, and array of a real bundle, and no other."""

import re
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from tests.places import ROOT
from tests.support.serving import Copy

PAGE = (ROOT / "docs/bundle.md").read_text()
CONDITIONAL = ROOT / "tests/data/tiny_conditional_bundle"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny bundle, with anatomical parts and a guard."""
    copy = Copy(tmp_path_factory.mktemp("page") / "bundle")
    copy.with_parts()
    copy.with_guard(np.random.RandomState(0).uniform(-1, 1, (2, 1, 32, 32)))
    return copy.folder


def _documented_arrays() -> dict[tuple[str, str], tuple[int, str]]:
    """(file, array) -> (number of axes, dtype) from the table under "Arrays"."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    file = ""
    for row in re.findall(r"^\| *(\S*) *\| (`\w+`(?:, `\w+`)*) \| `\[(.*?)\]` (\w+) \|", PAGE, re.MULTILINE):
        file = row[0] or file
        axes = len(row[2].split(",")) if row[2] else 0
        found |= {(file, name): (axes, row[3]) for name in re.findall(r"\w+", row[1])}
    return found


def test_every_array_is_documented_as_it_is(bundle: Path) -> None:
    actual = {}
    for path in (*bundle.glob("*.npz"), *CONDITIONAL.glob("*.npz")):
        with np.load(path, allow_pickle=False) as arrays:
            for name, array in arrays.items():
                dtype = "text" if array.dtype.kind == "U" else array.dtype.name
                actual[path.name, name] = (array.ndim, dtype)
    assert _documented_arrays() == actual


def test_every_file_is_documented(bundle: Path) -> None:
    (listing,) = re.findall(r"^    demo/\n((?:      .*\n)+)", PAGE, re.MULTILINE)
    documented = {line.split()[0] for line in listing.splitlines()}
    assert documented == {path.name for path in bundle.iterdir()}


def test_every_graph_input_and_output_is_documented(bundle: Path) -> None:
    for path in bundle.glob("*.onnx"):
        # A conditional model's mapping has one more input; the page names both.
        paths = [path, *filter(Path.exists, [CONDITIONAL / path.name])]
        sessions = [onnxruntime.InferenceSession(str(each), providers=["CPUExecutionProvider"]) for each in paths]
        (row,) = re.findall(rf"^\| {re.escape(path.name)} \|(.*)\|(.*)\|$", PAGE, re.MULTILINE)
        for cell, method in zip(row, ("get_inputs", "get_outputs"), strict=True):
            named = dict(re.findall(r"`(\w+)` `\[(.*?)\]`", cell))
            assert {name: len(shape.split(",")) for name, shape in named.items()} == {
                tensor.name: len(tensor.shape) for session in sessions for tensor in getattr(session, method)()
            }
