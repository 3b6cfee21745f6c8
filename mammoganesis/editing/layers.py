"""The style layers of a generator, in order of synthesis: where each stands among the num_styles, what it reads.

A layer is named after its block and its place there: b16.conv0 (which doubles the size of what the block before
gives), b16.conv1, b16.torgb.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

DEFAULT_FEATURE_LAYER = "b8.conv0"  # whose output is clustered into regions where nothing else is said
LOW_RESOLUTION = 8  # pixels: layers that read at most this place the whole breast

_NAME = re.compile(r"b(\d+)\.(conv0|conv1|torgb)")


@dataclass(frozen=True)
class StyleLayer:
    """One entry of the S space."""

    name: str  # such as b8.conv0 or b8.torgb
    dim: int  # length of its style vector = input channels of its convolution
    ws_index: int  # which of the num_ws codes drives it

    @property
    def resolution(self) -> int:
        """Width and height of its output in pixels. Raises ValueError for a name of another form."""
        return self._place()[0]

    @property
    def input_resolution(self) -> int:
        """Width and height of what its convolution, or toRGB, reads. Raises ValueError likewise."""
        size, kind = self._place()
        return size // 2 if kind == "conv0" else size

    @property
    def is_torgb(self) -> bool:
        return self.name.endswith(".torgb")

    @property
    def is_low_resolution(self) -> bool:
        """Whether it reads activations of 4x4 or 8x8; False for a name of another form."""
        return _NAME.fullmatch(self.name) is not None and self.input_resolution <= LOW_RESOLUTION

    def _place(self) -> tuple[int, str]:
        found = _NAME.fullmatch(self.name)
        if found is None:
            raise ValueError(f"style layer {self.name!r}; expected a name such as b8.conv0, b8.conv1 or b8.torgb")
        return int(found[1]), found[2]


def layer_slices(layers: Sequence[StyleLayer]) -> tuple[slice, ...]:
    """Where each layer stands among the num_styles."""
    ends = list(accumulate((layer.dim for layer in layers), initial=0))
    return tuple(slice(start, end) for start, end in pairwise(ends))


def low_resolution_layers(layers: Sequence[StyleLayer]) -> tuple[int, ...]:
    """Indices of the layers that read activations of 4x4 or 8x8."""
    return tuple(index for index, layer in enumerate(layers) if layer.is_low_resolution)
