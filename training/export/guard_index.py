"""The guard of a bundle: its network, the index of the training images, its limit, and what it lets pass.

The limit is the one of the audit for copies (`evaluate neighbours`): below it hardly any held-out image lies, or where
nothing is held out hardly any training image beside those of other patients. How many copies it refuses is measured
with copies of training images: as they are, moved, with another tone, and both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mammoganesis.bundle.guard import Guard, GuardIndex, golden_image, least_distance
from mammoganesis.bundle.manifest import GUARD
from mammoganesis.bundle.runtimes import ONE_THREAD
from mammoganesis.bundle.sessions import Session
from mammoganesis.bundle.v1 import manifest_pb2
from mammoganesis.errors import ConfigurationError
from mammoganesis.statistics.fences import lower_fence
from mammoganesis.terminal.progress import progress
from training.data.dataset import Dataset
from training.data.index import read_index
from training.export.card_results import table
from training.export.guard_graph import SHIFT, SIZE, GuardGraph
from training.export.onnx_files import to_onnx

COPIES = 30  # training images that are copied to measure
TONES = ((0.75, 0.95), (1.3, 1.0))  # power and gain of the grey values, 0 to 1
Images = NDArray[np.uint8]
Features = NDArray[np.float32]


@dataclass(frozen=True)
class GuardParts:
    """What of a guard goes into a bundle."""

    network: bytes  # guard.onnx
    index: GuardIndex
    said: manifest_pb2.Guard  # in the manifest
    guard: Guard  # the same, open
    refused: Mapping[str, tuple[int, int]]  # kind of copies -> how many of them are refused, of how many


def guard_of(data: Path, resolution: int, channels: int, data_digest: str) -> GuardParts:
    """The guard against copies of the training images of a prepared set.

    Args:
        data: the set.
        resolution, channels: of the model.
        data_digest: of the set that the model was trained on; empty: not known.

    Raises:
        ConfigurationError: it is another set, or has images of another size, or too few to find a limit.
        DataError: it is none, or damaged.
    """
    train = Dataset(data, "train")
    if data_digest not in ("", train.digest):
        raise ConfigurationError(
            f"--guard: {data} has the data digest {train.digest[:12]}..., the model was trained on "
            f"{data_digest[:12]}...; a guard needs the images that the model has seen"
        )
    if train.shape != (channels, resolution, resolution):
        raise ConfigurationError(
            f"--guard: {data} has images {list(train.shape)}; the model makes {[channels, resolution, resolution]}"
        )
    graph = GuardGraph(resolution, channels)
    network, session = _opened(graph, channels, resolution)
    views = Guard(session, GuardIndex(np.zeros((1, 1)), np.zeros((1, 1))), 0.0).views
    middle = graph.views // 2
    rows = np.stack([views(_values(image))[middle] for image in _counted(train, "guard: training images")])
    index = GuardIndex(rows.astype(np.float16).astype(np.float32), views(golden_image((channels, *train.shape[1:]))))
    control, distances = _controls(data, index, views)
    if not len(distances):
        raise ConfigurationError(f"--guard: {data} holds out no image, and all are of one patient; no limit is found")
    limit = lower_fence(distances)
    said = manifest_pb2.Guard(
        images=len(index.features),
        num_features=index.features.shape[1],
        num_views=graph.views,
        limit=limit,
        control=control,
        controls=len(distances),
        controls_below=int((distances < limit).sum()),
        data_digest=train.digest,
    )
    guard = Guard(session, index, limit)
    return GuardParts(network, index, said, guard, _refused(guard, train))


def told(parts: GuardParts) -> str:
    """What a guard refuses, in a line."""
    copies = [sum(counts) for counts in zip(*parts.refused.values(), strict=True)]
    said = parts.said
    return (
        f"limit {said.limit:.3g}; refuses {copies[0]} of {copies[1]} copies of training images and "
        f"{said.controls_below} of {said.controls} {said.control}"
    )


def guarded(parts: GuardParts, samples: NDArray[np.float32]) -> list[str]:
    """What a model card says of a guard, Markdown.

    Args:
        parts: the guard.
        samples: of the model, [N, C, R, R] float32, about -1 to 1.
    """
    said, refused = parts.said, sum(map(parts.guard.is_too_near, samples))
    rows = [[f"copies of training images, {kind}", f"{count} of {of}"] for kind, (count, of) in parts.refused.items()]
    rows.append([said.control, f"{said.controls_below} of {said.controls}"])
    rows.append(["samples of this model, psi 1", f"{refused} of {len(samples)}"])
    return [
        f"The bundle holds features of its {said.images:,} training images; a server that is told to "
        f"(`MAMMOGANESIS_GUARD=on`) refuses images that are nearer than {said.limit:.3g} to one of them (0: a copy, "
        "1.41: nothing in common). Refused are:",
        "",
        *table(["", "refused"], rows),
        "",
        "Not seen are copies that are turned, mirrored, enlarged or bent, copies of a part of an image, and a patient "
        f"imitated without copying. The bundle has {said.num_features} numbers of each training image: who holds an "
        "image can find out whether it is one of them, and who has other mammograms can compute a coarse likeness. "
        "Keep a bundle with a guard where features of the training images may be.",
    ]


def _opened(graph: GuardGraph, channels: int, resolution: int) -> tuple[bytes, Session]:
    """ONNX bytes, and the same open as a server opens it."""
    import torch

    random = torch.Generator().manual_seed(0)
    image = torch.rand((2, channels, resolution, resolution), generator=random) * 2 - 1
    network = to_onnx(graph, {"image": image}, ["features"])
    inputs = {"image": [channels, resolution, resolution]}
    outputs = {"features": [graph.views, graph.directions.shape[0]]}
    return network, Session(network, Path(GUARD), inputs, outputs, ONE_THREAD)


def _controls(
    data: Path, index: GuardIndex, views: Callable[[NDArray[np.float32]], Features]
) -> tuple[str, NDArray[np.float64]]:
    """What no copy is: its name, and each one's distance [N] to the nearest training image."""
    rows = read_index(data)["images"]
    if any(row["split"] == "test" for row in rows):
        held_out = _counted(Dataset(data, "test"), "guard: held-out images")
        found = [least_distance(views(_values(image)), index.features) for image in held_out]
        return "held-out images", np.array(found)
    names = [row.get("patient") or f"image {i}" for i, row in enumerate(rows) if row["split"] == "train"]
    patients = np.array(names)
    found = []
    for item, image in enumerate(_counted(Dataset(data, "train"), "guard: training images among themselves")):
        others = index.features[patients != patients[item]]
        if len(others):
            found.append(least_distance(views(_values(image)), others))
    return "training images of other patients", np.array(found)


def _refused(guard: Guard, train: Dataset) -> dict[str, tuple[int, int]]:
    """How many copies of training images are refused, by how they were changed."""
    random = np.random.RandomState(0)
    items = random.permutation(len(train))[:COPIES]
    kinds = {
        "as they are": lambda image: image,
        "moved": lambda image: _moved(image, random),
        "in another tone": lambda image: _toned(image, random),
        "moved and in another tone": lambda image: _toned(_moved(image, random), random),
    }
    return {
        kind: (sum(guard.is_too_near(_values(change(train[int(item)]))) for item in items), len(items))
        for kind, change in kinds.items()
    }


def _moved(image: Images, random: np.random.RandomState) -> Images:
    """By up to SHIFT pixels of SIZE, and by that much one way."""
    most = SHIFT * image.shape[-1] / SIZE
    rows, columns = random.permutation([random.choice([-most, most]), random.uniform(-most, most)])
    return np.asarray(ndimage.shift(image, (0, rows, columns), order=1, mode="nearest"), image.dtype)


def _toned(image: Images, random: np.random.RandomState) -> Images:
    power, gain = TONES[random.randint(len(TONES))]
    return np.rint(255 * gain * (image / 255.0) ** power).astype(np.uint8)


def _counted(images: Dataset, title: str) -> Iterator[Images]:
    """Its images in order, with a bar."""
    with progress(len(images), title) as bar:
        for item in range(len(images)):
            yield images[item]
            bar.update(1)


def _values(image: Images) -> NDArray[np.float32]:
    """uint8 [C, H, W] as image values, -1 to 1."""
    return image.astype(np.float32) / np.float32(127.5) - np.float32(1.0)
