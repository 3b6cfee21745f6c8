"""An application loads what it serves: the engine no network that computes codes, the others none that draws."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mammoganesis.bundle.files import BundleFiles
from mammoganesis.v1.model_pb2 import GetModelRequest
from mammoganesis.v1.sampling_pb2 import SampleRequest
from services.cluster.serve_engine import EngineDeployment
from services.process.config import Config
from services.servicers.assembly import build_servicers
from tests.support.serving import CALL, RAW, TINY

CODES = {"mapping.onnx", "affine.onnx"}
DRAWING = {"synthesis.onnx", "preview.onnx", "synthesis_fp16.onnx", "synthesis_masked.onnx"}
CONFIG = Config(bundle=TINY, execution_provider="cpu")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Names of the bundle's files that were read since the last call."""
    names: list[str] = []
    read = BundleFiles.read

    def recording(self: BundleFiles, name: str) -> bytes:
        names.append(name)
        return read(self, name)

    monkeypatch.setattr(BundleFiles, "read", recording)

    def taken() -> list[str]:
        taken, names[:] = list(names), []
        return taken

    return taken


async def test_each_application_reads_its_networks_and_each_file_once(reads: Callable[[], list[str]]) -> None:
    deployment = EngineDeployment()
    await deployment.open(CONFIG)
    everything = {path.name for path in TINY.iterdir()} - {"manifest.json"}
    assert sorted(reads()) == sorted(everything - CODES - {"synthesis_fp16.onnx"})  # a CPU takes the float32 one
    servicers = await build_servicers(CONFIG, engine=deployment._engine)
    try:
        answer = await servicers.sampling.Sample(SampleRequest(seeds=[1], format=RAW), CALL)
        assert len(answer.images) == 1
        assert sorted(reads()) == sorted(everything - DRAWING)
        assert (await servicers.model.GetModel(GetModelRequest(), CALL)).name == "tiny"
        assert {"sampling", "model"} == {"sampling", "model", "pca_editing", "style_transfer"} & vars(servicers).keys()
        assert servicers.pca_editing is servicers.pca_editing
    finally:
        await servicers.close()
