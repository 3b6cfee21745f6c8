"""Convolution whose derivatives of every order are ordinary convolutions.

A convolution is linear in its input and in its weight, so there are three bilinear maps, each the derivative of the
others: the convolution y(x, W), its adjoint in the input x'(g, W) and its adjoint in the weight W'(x, g). The second
derivative that ATen makes of `F.conv2d` computes W'(x, g) as a convolution whose filter is the whole feature map. That
is slow on GPUs (https://github.com/pytorch/pytorch/pull/54840), and oneDNN on CPUs with AMX answers it with noise in
bfloat16. Here W' is what the first backward pass runs, whatever the order of the derivative.

Python's functions are not told which of their derivatives a call of `torch.autograd.grad` is after; whoever wants
those in inputs alone says so by `without_weight_gradients`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

_aten = torch.ops.aten
_leaving_out = [0]  # blocks of `without_weight_gradients` that are open; CUDA's backward passes have their own thread


@contextlib.contextmanager
def without_weight_gradients() -> Iterator[None]:
    """A backward pass within computes no gradient of a convolution's weight: a sixth of the work of a penalty."""
    _leaving_out[0] += 1
    try:
        yield
    finally:
        _leaving_out[0] -= 1


class _Form(NamedTuple):
    """What a convolution is apart from its operands."""

    stride: int
    padding: int
    transposed: bool

    def apply(self, x: Tensor, weight: Tensor) -> Tensor:
        return _aten.convolution(x, weight, None, *self._arguments())

    def to_input(self, gradient: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        """x'(g, W); of x the shape alone matters."""
        return _aten.convolution_backward(gradient, x, weight, None, *self._arguments(), [True, False, False])[0]

    def to_weight(self, gradient: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        """W'(x, g); of W the shape alone matters."""
        return _aten.convolution_backward(gradient, x, weight, None, *self._arguments(), [False, True, False])[1]

    def _arguments(self) -> tuple[Any, ...]:
        """Stride, padding, dilation, transposed, output padding and groups as ATen wants them."""
        return [self.stride] * 2, [self.padding] * 2, [1, 1], self.transposed, [0, 0], 1


class _Apply(torch.autograd.Function):
    """y(x, W)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, form: _Form) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.form = form
        return form.apply(x, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        (gradient,), (x, weight), form = gradients, ctx.saved_tensors, ctx.form
        to_x = _ToInput.apply(gradient, weight, x.detach(), form) if ctx.needs_input_grad[0] else None
        wanted = ctx.needs_input_grad[1] and not _leaving_out[0]
        to_weight = _ToWeight.apply(gradient, x, weight.detach(), form) if wanted else None
        return to_x, to_weight, None  # type: ignore[return-value]


class _ToInput(torch.autograd.Function):
    """x'(g, W)."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, weight: Tensor, x: Tensor, form: _Form) -> Tensor:
        ctx.save_for_backward(gradient, weight)
        ctx.form = form
        return form.to_input(gradient, x, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        (direction,), (gradient, weight), form = gradients, ctx.saved_tensors, ctx.form
        to_gradient = _Apply.apply(direction, weight, form) if ctx.needs_input_grad[0] else None
        to_weight = _ToWeight.apply(gradient, direction, weight.detach(), form) if ctx.needs_input_grad[1] else None
        return to_gradient, to_weight, None, None  # type: ignore[return-value]


class _ToWeight(torch.autograd.Function):
    """W'(x, g)."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, x: Tensor, weight: Tensor, form: _Form) -> Tensor:
        ctx.save_for_backward(gradient, x)
        ctx.form = form
        return form.to_weight(gradient, x, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        (direction,), (gradient, x), form = gradients, ctx.saved_tensors, ctx.form
        to_gradient = _Apply.apply(x, direction, form) if ctx.needs_input_grad[0] else None
        to_x = _ToInput.apply(gradient, direction, x.detach(), form) if ctx.needs_input_grad[1] else None
        return to_gradient, to_x, None, None  # type: ignore[return-value]


def _in_one_precision(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """What autocast does for `F.conv2d`."""
    kind = x.device.type
    if not torch.is_autocast_enabled(kind):
        return x, weight
    dtype = torch.get_autocast_dtype(kind)
    return x.to(dtype), weight.to(dtype)


def _apply(x: Tensor, weight: Tensor, form: _Form) -> Tensor:
    x, weight = _in_one_precision(x, weight)
    with torch.autocast(x.device.type, enabled=False):
        return _Apply.apply(x, weight, form)  # type: ignore[return-value]


def convolution(x: Tensor, weight: Tensor, *, stride: int = 1, padding: int = 0) -> Tensor:
    """`F.conv2d(x, weight, stride=stride, padding=padding)`, in the precision of autocast where that is on.

    Args:
        x: [N, C_in, H, W].
        weight: [C_out, C_in, k, k].
        stride: 1 or more.
        padding: zeros at each side, 0 or more.

    Returns:
        [N, C_out, (H + 2 * padding - k) // stride + 1, (W + 2 * padding - k) // stride + 1].
    """
    return _apply(x, weight, _Form(stride, padding, transposed=False))


def transposed_convolution(x: Tensor, weight: Tensor, *, stride: int = 1) -> Tensor:
    """`F.conv_transpose2d(x, weight, stride=stride)`, in the precision of autocast where that is on.

    Args:
        x: [N, C_in, H, W].
        weight: [C_in, C_out, k, k].
        stride: 1 or more.

    Returns:
        [N, C_out, (H - 1) * stride + k, (W - 1) * stride + k].
    """
    return _apply(x, weight, _Form(stride, 0, transposed=True))
