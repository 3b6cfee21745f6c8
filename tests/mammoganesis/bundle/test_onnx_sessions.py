"""Networks are opened only when they are self-contained and have the inputs and outputs asked for."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from mammoganesis.bundle.onnx_file import read_onnx
from mammoganesis.bundle.runtimes import CPU, CUDA
from mammoganesis.bundle.sessions import Session, has_cuda
from mammoganesis.errors import BundleError
from tests.support.serving import TINY

FACTORS = np.array([1.0, 2.0, 4.0], dtype=np.float32)
PATH = Path("network.onnx")


def product(
    batch: int | str = "N",
    element: int = TensorProto.FLOAT,
    factors: TensorProto | None = None,
    node: onnx.NodeProto | None = None,
    domains: tuple[str, ...] = ("",),
) -> onnx.ModelProto:
    """y = x * factors with x [batch, 3]."""
    graph = helper.make_graph(
        [node or helper.make_node("Mul", ["x", "factors"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", element, [batch, 3])],
        [helper.make_tensor_value_info("y", element, [batch, 3])],
        [factors or numpy_helper.from_array(FACTORS.astype(helper.tensor_dtype_to_np_dtype(element)), "factors")],
    )
    opsets = [helper.make_opsetid(domain, 18 if domain == "" else 1) for domain in domains]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def opened(model: onnx.ModelProto) -> Session:
    return Session(model.SerializeToString(), PATH, {"x": [3]}, {"y": [3]})


def external(location: str) -> TensorProto:
    tensor = TensorProto(name="factors", data_type=TensorProto.FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    return tensor


def test_it_runs() -> None:
    session = opened(product())
    assert session.provider == CPU
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    (y,) = session.run({"x": x}, ["y"])
    np.testing.assert_array_equal(y, x * FACTORS)


def test_an_input_that_does_not_fit_is_an_error_of_ours() -> None:
    with pytest.raises(RuntimeError, match=r"network\.onnx with N = 1"):
        opened(product()).run({"x": np.zeros((1, 4), np.float32)}, ["y"])


@pytest.mark.parametrize("location", ["weights.bin", "../weights.bin", "/etc/passwd"])
def test_external_data_is_refused_before_anything_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    # Even when the file is there and right.
    (tmp_path / "weights.bin").write_bytes(FACTORS.tobytes())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BundleError, match=r"external data"):
        opened(product(factors=external(location)))


def test_external_data_deep_inside_is_found() -> None:
    constant = helper.make_node("Constant", [], ["hidden"], value=external("weights.bin"))
    branch = helper.make_graph([constant], "branch", [], [])
    node = helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)
    with pytest.raises(BundleError, match=r"external data"):
        read_onnx(product(node=node).SerializeToString(), PATH)


def test_onnxruntime_refuses_to_leave_the_folder_by_itself(tmp_path: Path) -> None:
    # The second line of defence.
    (tmp_path / "weights.bin").write_bytes(FACTORS.tobytes())
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "network.onnx").write_bytes(product(factors=external("../weights.bin")).SerializeToString())
    with pytest.raises(Exception, match="escapes"):
        onnxruntime.InferenceSession(str(folder / "network.onnx"), providers=[CPU])


def test_operators_of_other_domains_are_refused() -> None:
    node = helper.make_node("Run", ["x", "factors"], ["y"], domain="com.example")
    with pytest.raises(BundleError, match=r"domain 'com\.example'"):
        opened(product(node=node, domains=("", "com.example")))


def test_unknown_operator() -> None:
    with pytest.raises(BundleError, match=r"node 0, NoSuchOperator 'y': the operator is not allowed"):
        opened(product(node=helper.make_node("NoSuchOperator", ["x", "factors"], ["y"])))


@pytest.mark.parametrize(
    ("model", "found"),
    [
        (product(batch=1), r"input x is tensor\(float\) \[1, 3\]"),
        (product(element=TensorProto.DOUBLE), r"input x is tensor\(double\)"),
    ],
)
def test_wrong_tensors(model: onnx.ModelProto, found: str) -> None:
    with pytest.raises(BundleError, match=found):
        opened(model)


@pytest.mark.parametrize(
    ("inputs", "outputs", "words"),
    [
        ({"z": [3]}, {"y": [3]}, r"inputs \['x'\]; expected \['z'\]"),
        ({"x": [3]}, {"w": [3]}, r"outputs \['y'\]; expected \['w'\]"),
        ({"x": [4]}, {"y": [3]}, r"input x .*expected tensor\(float\) \['N', 4\]"),
        ({"x": [3]}, {"y": [3, 3]}, r"output y .*expected tensor\(float\) \['N', 3, 3\]"),
    ],
)
def test_other_tensors_than_asked_for(inputs: dict, outputs: dict, words: str) -> None:
    with pytest.raises(BundleError, match=words):
        Session(product().SerializeToString(), PATH, inputs, outputs)


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_bytes_that_are_no_network(data: bytes) -> None:
    with pytest.raises(BundleError):
        Session(data, PATH, {"x": [3]}, {"y": [3]})


@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
@settings(max_examples=100, deadline=None)
def test_a_damaged_network_raises_nothing_but_our_error(place: float, byte: int) -> None:
    data = bytearray((TINY / "mapping.onnx").read_bytes())
    data[int(place * len(data))] = byte
    with contextlib.suppress(BundleError):  # a changed weight is none of its business
        read_onnx(bytes(data), PATH)


def test_endless_nesting_ends() -> None:
    model = b""
    for _ in range(200):  # a graph in an attribute of a node in a graph ...
        node = b"\x2a" + _size(b"\x32" + _size(model))
        model = b"\x0a" + _size(node)
    with pytest.raises(BundleError, match="cannot be read"):
        read_onnx(b"\x3a" + _size(model), PATH)


def _size(data: bytes) -> bytes:
    head, rest = b"", len(data)
    while rest > 0x7F:
        head, rest = head + bytes([rest & 0x7F | 0x80]), rest >> 7
    return head + bytes([rest]) + data


def test_cuda_is_there_where_onnx_runtime_says_so() -> None:
    assert has_cuda() == (CUDA in onnxruntime.get_available_providers())
