"""Affine warp in two one-dimensional passes, differentiable any number of times.

`grid_sample` has no double backward and falls back to the host on TPUs. A small affine map can be done as a horizontal
pass followed by a vertical one (Catmull and Smith 1980), and each pass is a sum of four `gather`s whose weights (a
cubic, Keys 1981, a = -1/2) do not depend on the image: linear in the image, so derivatives of every order exist.
Where the map is the identity the result equals the input exactly.
"""

from __future__ import annotations

import torch
from torch import Tensor

_A = -0.5  # the cubic that reproduces straight lines and parabolas


def _cubic_weights(t: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Weights of the samples at -1, 0, 1, 2 for a position t in [0, 1) after sample 0."""
    t2, t3 = t * t, t * t * t
    return (
        _A * (t3 - 2 * t2 + t),
        (_A + 2) * t3 - (_A + 3) * t2 + 1,
        -(_A + 2) * t3 + (2 * _A + 3) * t2 - _A * t,
        _A * (t2 - t3),
    )


def _reflect(index: Tensor, size: int) -> Tensor:
    """Fold indices into [0, size): the image continues as its mirror image beyond every edge."""
    index = torch.remainder(index, 2 * size)
    return torch.minimum(index, 2 * size - 1 - index)


def _resample_rows(x: Tensor, position: Tensor) -> Tensor:
    """Read every row at new positions. x [N, C, H, W], position [N, H, W] in pixels -> [N, C, H, W]."""
    base = position.floor()
    first = base.long()
    result: Tensor | None = None
    for offset, weight in zip((-1, 0, 1, 2), _cubic_weights(position - base), strict=True):
        index = _reflect(first + offset, x.shape[3])
        term = x.gather(3, index.unsqueeze(1).expand(-1, x.shape[1], -1, -1)) * weight.unsqueeze(1)
        result = term if result is None else result + term
    assert result is not None
    return result


def warp(x: Tensor, inverse: Tensor) -> Tensor:
    """Read the image at transformed positions.

    Args:
        x: [N, C, H, W] float.
        inverse: [N, 2, 3], maps output pixel centres (x, y, 1) to input positions, in pixels. Its [1, 1] entry
            (vertical scale) must not be near 0: turns by far less than 90 degrees only.

    Returns:
        [N, C, H, W]; beyond the edges the image continues as its mirror image.
    """
    height, width = x.shape[2:]
    a, b, tx, c, d, ty = (inverse[:, i, j].view(-1, 1, 1) for i in (0, 1) for j in (0, 1, 2))
    columns = torch.arange(width, device=x.device, dtype=torch.float32).view(1, 1, -1)
    rows = torch.arange(height, device=x.device, dtype=torch.float32).view(1, -1, 1)
    # Output (x, y) reads input (a x + b y + tx, c x + d y + ty). After the first pass, row v and column x hold
    # what the input has in row v at the column that output (x, y) needs, with y = (v - c x - ty) / d.
    first = a * columns + b * ((rows - c * columns - ty) / d) + tx
    second = c * columns + d * rows + ty
    middle = _resample_rows(x, first)
    return _resample_rows(middle.transpose(2, 3), second.transpose(1, 2)).transpose(2, 3)
