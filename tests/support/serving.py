"""The tiny bundle, copies of it to damage, and servicers on it in this process."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy import ndarray

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.editing.anatomy import PARTS
from mammoganesis.errors import BundleError
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_RAW_FLOAT32, GeneratedImage, ImageFormat
from mammoganesis.v1.latents_pb2 import NOISE_MODE_CONST, Latent, Noise, Recipe, Truncation
from mammoganesis.v1.sampling_pb2 import SampleRequest
from services.process.config import Config
from services.rendering.calls import CallContext
from services.rendering.jobs import Engine
from services.servicers.assembly import Servicers, build_servicers
from tests.places import TINY_BUNDLE as TINY

RAW = ImageFormat(encoding=IMAGE_ENCODING_RAW_FLOAT32)
CALL = CallContext("test")
CONST = Noise(mode=NOISE_MODE_CONST)


@asynccontextmanager
async def serving(bundle: Path = TINY, engine: Engine | None = None, **settings: Any) -> AsyncIterator[Servicers]:
    """Servicers on a bundle, closed at the end; in float32 unless `settings` name another precision."""
    config = Config(bundle=bundle, **{"synthesis_precision": "float32", **settings})
    servicers = await build_servicers(config, engine)
    try:
        yield servicers
    finally:
        await servicers.close()


def pixels(image: GeneratedImage) -> ndarray:
    """[C, H, W] float32 of a raw image."""
    assert image.encoding == IMAGE_ENCODING_RAW_FLOAT32
    return np.frombuffer(image.data, "<f4").reshape(image.channels, image.height, image.width)


def seed_latent(seed: int, psi: float = 0.65, **recipe: Any) -> Latent:
    """With the bundle's constant noise, which the reference images have, unless `recipe` names another."""
    return Latent(recipe=Recipe(seed=seed, truncation=Truncation(psi=psi), **{"noise": CONST, **recipe}))


class Copy:
    """A copy of a bundle, the tiny one, whose files may be changed, with the manifest made to agree or not."""

    def __init__(self, folder: Path, bundle: Path = TINY) -> None:
        self.folder = folder
        shutil.copytree(bundle, folder)

    def manifest(self) -> dict[str, Any]:
        return json.loads((self.folder / "manifest.json").read_text())

    def change_manifest(self, change: Callable[[dict[str, Any]], object]) -> None:
        manifest = self.manifest()
        change(manifest)
        (self.folder / "manifest.json").write_text(json.dumps(manifest))

    def write(self, name: str, data: bytes) -> None:
        """Another content, listed with its right size and digest."""
        (self.folder / name).write_bytes(data)

        def sign(manifest: dict[str, Any]) -> None:
            entry = next(file for file in manifest["files"] if file["name"] == name)
            entry["size"], entry["sha256"] = str(len(data)), hashlib.sha256(data).hexdigest()

        self.change_manifest(sign)

    def change_arrays(self, name: str, change: Callable[[dict[str, ndarray]], object]) -> None:
        """Other arrays in an npz, listed with their right size and digest."""
        with np.load(self.folder / name, allow_pickle=False) as content:
            arrays = {key: content[key].copy() for key in content.files}
        change(arrays)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        self.write(name, buffer.getvalue())

    def remove(self, name: str) -> None:
        """The file and its entry; with components also what is curated of them."""
        (self.folder / name).unlink()

        def unlist(manifest: dict[str, Any]) -> None:
            if name == "components.npz":
                manifest.update(named_components=[], rejected_components=[])
            manifest["files"] = [file for file in manifest["files"] if file["name"] != name]

        self.change_manifest(unlist)

    def without_masked(self) -> None:
        """What an export with --no-masked gives."""
        self.remove("synthesis_masked.onnx")
        self.change_arrays("golden.npz", lambda arrays: arrays.pop("masked"))
        self.change_manifest(lambda manifest: manifest.pop("masked_synthesis"))

    def with_parts(self, kinds: Sequence[str] = PARTS) -> None:
        """Anatomical parts beside the clusters, as `discover regions` finds them: of the tiny network the
        contributions of part p are those of cluster p, halved."""

        def add(arrays: dict[str, ndarray]) -> None:
            arrays |= {
                "parts": np.array(kinds, np.str_),
                "part_contributions": arrays["contributions"][: len(kinds)] / 2,
                "part_area_share": np.full(len(kinds), 0.02, np.float32),
            }

        self.change_arrays("regions.npz", add)
        parts = [{"kind": kind, "name": kind} for kind in kinds]
        self.change_manifest(lambda manifest: manifest["regions"].update(anatomy={"parts": parts}))

    def with_guard(self, images: ndarray, limit: float = 0.3) -> None:
        """A guard whose training images are these, [M, 1, 32, 32] about -1 to 1: it sees 64 random weighted sums of an
        image's differences to its mean."""
        random = np.random.RandomState(7).randn(64, 1, *images.shape[2:]).astype(np.float32)
        random -= random.mean(axis=(2, 3), keepdims=True)
        helper, numpy_helper = onnx.helper, onnx.numpy_helper
        constants = {
            "sums": random,
            "rows": np.array([-1, 1, 64]),
            "last axis": np.array([2]),
            "count": np.float32([64]),
        }
        graph = helper.make_graph(
            [
                helper.make_node("Conv", ["image", "sums"], ["seen"]),
                helper.make_node("Reshape", ["seen", "rows"], ["row"]),
                helper.make_node("Mul", ["row", "row"], ["squares"]),
                helper.make_node("ReduceMean", ["squares", "last axis"], ["mean"], keepdims=1),
                helper.make_node("Mul", ["mean", "count"], ["sum"]),
                helper.make_node("Sqrt", ["sum"], ["length"]),
                helper.make_node("Div", ["row", "length"], ["features"]),
            ],
            "graph",
            [helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, ["N", *images.shape[1:]])],
            [helper.make_tensor_value_info("features", onnx.TensorProto.FLOAT, ["N", 1, 64])],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)

        def features(image: ndarray) -> ndarray:
            seen = (random[:, 0].astype(np.float64) * image[0]).sum(axis=(1, 2))
            return seen / np.linalg.norm(seen)

        rows = np.stack([features(image) for image in images])
        golden = features(np.random.RandomState(0).uniform(-1, 1, images.shape[1:]).astype(np.float32))
        buffer = io.BytesIO()
        np.savez(buffer, features=rows.astype(np.float16), golden=golden[None].astype(np.float32))
        for name, data in (("guard.onnx", model.SerializeToString()), ("guard.npz", buffer.getvalue())):
            self.change_manifest(lambda manifest, name=name: manifest["files"].append({"name": name}))
            self.write(name, data)
        said = {"images": len(images), "num_features": 64, "num_views": 1, "limit": limit, "control": "images of tests"}
        said |= {"controls": 9, "controls_below": 1, "data_digest": "d" * 64}
        self.change_manifest(lambda manifest: manifest.update(format_minor=4, guard=said))

    def to_first_format(self) -> None:
        """What a bundle of format 1.0 held: no preview, no half precision, nothing curated."""
        self.remove("preview.onnx")
        self.remove("synthesis_fp16.onnx")
        self.without_masked()
        self.change_arrays("golden.npz", lambda arrays: arrays.pop("preview"))

        def change(manifest: dict[str, Any]) -> None:
            for name in ("preview", "rejected_components", "label_fields", "curated_from", "format_minor"):
                manifest.pop(name, None)
            manifest["named_components"] = []
            manifest["golden_tolerance"].pop("image_float16")
            kept = ("layer", "grid_size", "num_regions")
            manifest["regions"] = {name: manifest["regions"][name] for name in kept}

        self.change_manifest(change)

    def to_conditional(self) -> ndarray:
        """The same network with labels view (CC, MLO) and density (A, B, C): w moves by c @ E.

        Returns:
            E, [5, 96] float32.
        """
        model = onnx.load(self.folder / "mapping.onnx")
        embedding = np.random.RandomState(3).randn(5, 96).astype(np.float32)
        graph = model.graph
        for node in graph.node:
            node.output[:] = ["plain_w" if name == "w" else name for name in node.output]
            node.input[:] = ["plain_w" if name == "w" else name for name in node.input]
        graph.initializer.append(onnx.numpy_helper.from_array(np.ascontiguousarray(embedding.T)[:, :, None, None], "E"))
        graph.initializer.append(onnx.numpy_helper.from_array(np.array([2, 3]), "last axes"))
        graph.initializer.append(onnx.numpy_helper.from_array(np.array([-1, 96]), "rows"))
        graph.input.append(onnx.helper.make_tensor_value_info("c", onnx.TensorProto.FLOAT, ["N", 5]))
        graph.node.append(onnx.helper.make_node("Unsqueeze", ["c", "last axes"], ["pixels"]))
        graph.node.append(onnx.helper.make_node("Conv", ["pixels", "E"], ["moved pixels"]))
        graph.node.append(onnx.helper.make_node("Reshape", ["moved pixels", "rows"], ["moved"]))
        graph.node.append(onnx.helper.make_node("Add", ["plain_w", "moved"], ["w"]))
        self.write("mapping.onnx", model.SerializeToString())
        fields = [{"name": "view", "values": ["CC", "MLO"]}, {"name": "density", "values": ["A", "B", "C"]}]
        self.change_manifest(lambda manifest: manifest.update(label_fields=fields))
        return embedding


def refused(copy: Copy, *words: str) -> None:
    """`load_bundle` refuses the copy with all these words in the message."""
    with pytest.raises(BundleError) as caught:
        load_bundle(copy.folder)
    for word in words:
        assert word in caught.value.message


def guarded_copy(folder: Path, seeds: Sequence[int], limit: float = 0.3) -> Path:
    """The tiny bundle with a guard whose training images are what it draws of these seeds: a little darker and noisier,
    as a model that copies would draw them."""

    async def drawn() -> ndarray:
        async with serving() as servicers:
            answer = await servicers.sampling.Sample(SampleRequest(seeds=seeds, format=RAW), CALL)
            return np.stack([pixels(image) for image in answer.images])

    copy, images = Copy(folder), asyncio.run(drawn())
    copy.with_guard(images * 0.9 - 0.05 + np.random.RandomState(1).normal(0, 0.01, images.shape), limit)
    return folder
