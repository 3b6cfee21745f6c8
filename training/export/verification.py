"""Does what was exported compute what was trained? Asked before a bundle is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mammoganesis.bundle.sessions import open_session
from mammoganesis.editing.masks import STYLE_SETS, in_turn, masks_of_turns
from mammoganesis.errors import TrainingError
from training.export.golden import Cases
from training.export.onnx_files import Array

LATENTS_FLOOR = 1e-4  # tolerances that other processors need at least, in w and styles
IMAGE_FLOOR = 2e-3  # and in image values, whose range is about -1 to 1: half of an 8-bit grey level
HALF_FLOOR = 2e-2  # and in image values computed in float16: five 8-bit grey levels
MARGIN = 10.0  # tolerance = this times the largest difference seen here, or the floor
HALF_MARGIN = 4.0  # float16's differences are large beside those between processors
LIMIT = 1e-3  # share of the largest magnitude; a greater difference is a fault of the export, not a rounding
HALF_LIMIT = 0.1  # likewise for float16: a network that it cannot carry

HALF, MASKED = "synthesis_fp16", "synthesis_masked"


class ExportError(TrainingError):
    """An exported graph does not compute what the trained network computes."""


@dataclass(frozen=True)
class Differences:
    """Largest absolute differences between PyTorch and ONNX Runtime."""

    latents: float  # in w and styles
    image: float  # in image values, previews and masked images included
    image_float16: float | None  # in image values of the float16 graph; None where there is none

    @property
    def latents_tolerance(self) -> float:
        return _rounded(max(LATENTS_FLOOR, MARGIN * self.latents))

    @property
    def image_tolerance(self) -> float:
        return _rounded(max(IMAGE_FLOOR, MARGIN * self.image))

    @property
    def image_float16_tolerance(self) -> float:
        """0 where there is no float16 graph."""
        return 0.0 if self.image_float16 is None else _rounded(max(HALF_FLOOR, HALF_MARGIN * self.image_float16))


def _rounded(value: float) -> float:
    return float(f"{value:.2g}")


@dataclass
class _Largest:
    """The largest difference by name of the output."""

    values: dict[str, float] = field(default_factory=dict)

    def compare(self, name: str, found: Array, expected: Array, limit: float = LIMIT) -> None:
        if found.shape != expected.shape:
            raise ExportError(f"{name} has the shape {found.shape} in ONNX Runtime and {expected.shape} in PyTorch")
        difference = float(np.abs(found - expected).max())
        allowed = limit * max(1.0, float(np.abs(expected).max()))
        if not difference <= allowed:
            hint = "; leave it out with --no-fp16" if name == HALF else ""
            raise ExportError(
                f"{name} differs by {difference:.3g} between ONNX Runtime and PyTorch; allowed: {allowed:.3g}{hint}"
            )
        self.values[name] = max(self.values.get(name, 0.0), difference)


def verify(
    models: Mapping[str, bytes], all_cases: Sequence[Cases], emulated: Callable[[Array, Array], Array] | None = None
) -> Differences:
    """Run cases in ONNX Runtime, as one batch and one by one.

    Args:
        models: ONNX bytes of "mapping", "affine" and "synthesis", and of "preview", "synthesis_fp16" and
            "synthesis_masked" where the bundle has them.
        all_cases: inputs and expected results, computed by PyTorch.
        emulated: (styles, noise) -> image with every result rounded to float16: this processor's runtime computes
            parts of a float16 graph in float32 and differs less than a GPU's.

    Raises:
        ExportError: a value is off by more than rounding, or an image depends on the images beside it.
    """
    graphs = _Graphs(models)
    largest = _Largest()
    for cases in all_cases:
        found = graphs.run(cases, slice(None))
        _check_rows(graphs, cases, found)
        expected = {"w": cases.w, "styles": cases.styles, "image": cases.image, "features": cases.features}
        if cases.preview is not None:
            expected |= {"preview": cases.preview, "features of the preview": cases.features}
        if cases.masked is not None:
            expected[MASKED] = cases.masked
        for name, values in expected.items():
            largest.compare(name, found[name], values)
        if HALF in models:
            largest.compare(HALF, found[HALF], cases.image, HALF_LIMIT)
            if emulated is not None:
                rows = [emulated(cases.styles[i : i + 1], cases.noise[i : i + 1]) for i in range(len(cases.z))]
                largest.compare(HALF, np.concatenate(rows), cases.image, HALF_LIMIT)
    values = largest.values
    return Differences(
        latents=max(values["w"], values["styles"]),
        image=max(values["image"], values.get("preview", 0.0), values.get(MASKED, 0.0)),
        image_float16=values.get(HALF),
    )


class _Graphs:
    """Sessions of the graphs of one bundle."""

    def __init__(self, models: Mapping[str, bytes]) -> None:
        self.sessions = {name: open_session(content, Path(f"{name}.onnx")) for name, content in models.items()}

    def run(self, cases: Cases, rows: slice) -> dict[str, Array]:
        """Every output of every graph for these rows, by name."""
        labels = {"c": cases.c[rows]} if cases.c.shape[1] else {}
        styles, noise = cases.styles[rows], cases.noise[rows]
        found = {
            "w": self._run("mapping", z=cases.z[rows], **labels)[0],
            "styles": self._run("affine", ws=cases.ws[rows])[0],
        }
        found["image"], found["features"] = self._run("synthesis", styles=styles, noise=noise)
        if "preview" in self.sessions:
            num_styles, num_noise = (value.shape[1] for value in self.sessions["preview"].get_inputs())
            leading = {"styles": styles[:, :num_styles], "noise": noise[:, :num_noise]}
            found["preview"], found["features of the preview"] = self._run("preview", **leading)
        if HALF in self.sessions:
            found[HALF] = self._run(HALF, styles=styles, noise=noise)[0]
        if MASKED in self.sessions:
            sets = np.ascontiguousarray(in_turn(cases.styles, STYLE_SETS)[rows])
            masks = np.repeat(masks_of_turns(STYLE_SETS, cases.image.shape[3])[None], len(sets), axis=0)
            found[MASKED] = self._run(MASKED, styles=sets, masks=masks, noise=noise)[0]
        return found

    def _run(self, name: str, **inputs: Array) -> list[Array]:
        return [np.asarray(value) for value in self.sessions[name].run(None, inputs)]


def _check_rows(graphs: _Graphs, cases: Cases, together: Mapping[str, Array]) -> None:
    """Bitwise: a row alone is the row of the batch."""
    count = len(cases.z)
    for index in range(count):
        row = slice(index, index + 1)
        for name, alone in graphs.run(cases, row).items():
            if not np.array_equal(alone, together[name][row]):
                raise ExportError(f"{name} of case {index} differs when it is computed in a batch of {count}")
