"""Networks that want time or memory are refused before ONNX Runtime sees them, in one line that names file and node."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoganesis.bundle import sessions
from mammoganesis.bundle.graphs import check_graph, values_of
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.onnx_file import read_onnx
from mammoganesis.bundle.operators import OPERATORS
from mammoganesis.errors import BundleError
from tests.places import ROOT
from tests.support.hostile_networks import HOSTILE
from tests.support.serving import TINY, Copy

BUNDLES = (TINY, TINY.with_name("tiny_conditional_bundle"), ROOT / "deploy/bundles/demo")


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.__name__)
def test_a_resealed_bomb_is_refused_unopened(
    hostile: Callable[[], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.write("mapping.onnx", hostile())
    opened: list[Path] = []
    monkeypatch.setattr(sessions, "open_session", lambda model, path, *rest: opened.append(path))
    with pytest.raises(BundleError) as caught:
        load_bundle(copy.folder)
    message = caught.value.message
    assert message.startswith(f"bundle {copy.folder}/mapping.onnx: ")
    assert HOSTILE[hostile] in message
    assert len(message) < 500 + len(str(copy.folder))
    assert "\n" not in message
    assert not opened


def test_the_sizes_are_those_that_come_out() -> None:
    """Every value of every network at hand, against what ONNX's own shape inference says."""
    seen = set()
    for path in (path for bundle in BUNDLES for path in sorted(bundle.glob("*.onnx"))):
        model = onnx.shape_inference.infer_shapes(onnx.load(path), strict_mode=True, data_prop=True)
        expected = {
            value.name: [
                dim.dim_value if dim.HasField("dim_value") else None for dim in value.type.tensor_type.shape.dim
            ]
            for value in [*model.graph.value_info, *model.graph.output]
        }
        found = made(path)
        for name, shape in expected.items():
            assert len(found[name]) == len(shape)
            # ONNX does not always see that a size is N; where it says a number it is that number.
            assert all(theirs in (None, ours) for ours, theirs in zip(found[name], shape, strict=True)), (path, name)
        seen |= {node.op_type for node in model.graph.node}
        assert all(node.output[0] in expected for node in model.graph.node)
    assert seen == set(OPERATORS)  # nothing is allowed that no bundle needs


def made(path: Path) -> dict[str, tuple[int | None, ...]]:
    """Every value that a node makes, as ONNX Runtime is told of it, against which it is run."""
    inputs, outputs = declared(path)
    whole = read_onnx(path.read_bytes(), path)
    return {name: value.shape for name, value in values_of(whole.graph, path, inputs, outputs).items()}


def declared(path: Path) -> tuple[dict[str, list[int | None]], dict[str, list[int | None]]]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    inputs, outputs = (
        {value.name: list(value.shape[1:]) for value in values}
        for values in (session.get_inputs(), session.get_outputs())
    )
    return inputs, outputs


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_changed_network_is_taken_or_refused_in_our_words(data: st.DataObject) -> None:
    """Names, operators, attributes and shapes exchanged at random: one of the two, and no other exception."""
    path = TINY / "synthesis.onnx"
    model = onnx.load(path)
    graph = model.graph
    node = data.draw(st.sampled_from(list(graph.node)))
    other = data.draw(st.sampled_from(list(graph.node)))
    change = data.draw(st.integers(0, 5))
    if change == 0:
        node.op_type = data.draw(st.sampled_from([*OPERATORS, "Loop", "", "\n"]))
    elif change == 1:
        node.input[:] = data.draw(st.permutations([*node.input, *other.output][:6]))
    elif change == 2:
        del node.input[:]
    elif change == 3:
        node.attribute.extend(list(other.attribute))
    elif change == 4:
        tensor = data.draw(st.sampled_from(list(graph.initializer)))
        tensor.dims[:] = data.draw(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=9))
    else:
        numbers = data.draw(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5))
        for attribute in node.attribute:
            attribute.ints[:] = numbers
            attribute.i = data.draw(st.integers(-(2**63), 2**63 - 1))
    with contextlib.suppress(BundleError):
        check_graph(model.SerializeToString(), path, *SIZES)


SIZES = declared(TINY / "synthesis.onnx")
