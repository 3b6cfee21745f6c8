"""Scale, noise, bias, leaky ReLU and clamp of a feature map in one kernel, and their derivatives in one each.

    y = clamp(leaky_relu(u)),   u = x * scale + noise * strength + bias

bends nowhere but where u is 0 or leaves the clamp, so with the slope m there, known from y, it is three maps:

    adjoint  (g)               -> m g scale, and the sums over pixels of m g times x, noise and 1
    tangent  (v, along)        -> m (v scale + x along_x + noise along_noise + along_1)

and the derivatives of adjoint and tangent are adjoints and tangents again. Whatever precision is stored, the arithmetic
is float32.

With the sums [3, N, C] in one tensor, `along` is such a tensor, too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from training.accelerators.kernels.tiles import compute_type, layout


class Curve(NamedTuple):
    """Leaky ReLU and clamp."""

    slope: float = 1.0  # below 0; 1: a straight line
    limit: float = 0.0  # largest size of a result; 0: none


def activate(
    x: Tensor, scale: Tensor | None, noise: tuple[Tensor, Tensor] | None, bias: Tensor | None, curve: Curve
) -> Tensor:
    """clamp(leaky_relu(x * scale + noise * strength + bias)), differentiable any number of times, not in the noise.

    Args:
        x: [N, C, H, W] float.
        scale: [N, C]; None: 1.
        noise: a map [N or 1, 1, H, W] and its strength, a scalar tensor; None: 0.
        bias: [C]; None: 0.
        curve: slope and limit.

    Returns:
        [N, C, H, W] in the precision and the layout of x.
    """
    drawn, strength = noise or (None, None)
    return _Activate.apply(x, scale, drawn, strength, bias, curve)  # type: ignore[return-value]


class _Activate(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, scale: Any, noise: Any, strength: Any, bias: Any, curve: Curve) -> Tensor:
        y = _forward(x, scale, noise, strength, bias, *curve)
        ctx.save_for_backward(None if scale is None else x, scale, noise, y)
        ctx.curve, ctx.biased = curve, bias is not None
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, scale, noise, y = ctx.saved_tensors
        to_x, sums = _Adjoint.apply(gradients[0], x, scale, noise, y.detach(), ctx.curve)  # type: ignore[misc]
        return (
            to_x,
            None if scale is None else sums[0].to(scale.dtype),
            None,
            None if noise is None else sums[1].sum(),
            sums[2].sum(dim=0) if ctx.biased else None,
            None,
        )


class _Adjoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, gradient: Any, x: Any, scale: Any, noise: Any, y: Tensor, curve: Curve) -> Any:
        ctx.save_for_backward(gradient, x, scale, noise, y)
        ctx.curve = curve
        return _adjoint(gradient, x, scale, noise, y, *curve)

    @staticmethod
    def backward(ctx: Any, *directions: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        direction, along = directions
        gradient, x, scale, noise, y = ctx.saved_tensors
        to_gradient = _Tangent.apply(direction, along, x, scale, noise, y, ctx.curve)
        to_x, to_scale = _crossed(gradient, direction, along, scale, (noise, y, ctx.curve))
        return to_gradient, to_x, to_scale, None, None, None  # type: ignore[return-value]


class _Tangent(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, direction: Any, along: Any, x: Any, scale: Any, noise: Any, y: Tensor, curve: Curve
    ) -> Tensor:
        ctx.save_for_backward(direction, along, x, scale, noise, y)
        ctx.curve = curve
        return _tangent(direction, along, x, scale, noise, y, *curve)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        direction, along, x, scale, noise, y = ctx.saved_tensors
        to_direction, to_along = _Adjoint.apply(gradients[0], x, scale, noise, y, ctx.curve)  # type: ignore[misc]
        to_x, to_scale = _crossed(gradients[0], direction, along, scale, (noise, y, ctx.curve))
        return to_direction, to_along, to_x, to_scale, None, None, None


def _crossed(
    gradient: Tensor, direction: Tensor, along: Tensor, scale: Tensor | None, rest: tuple[Any, ...]
) -> tuple[Tensor | None, Tensor | None]:
    """The gradients in x and scale of what takes x with along_x and scale with the direction: an adjoint with those."""
    if scale is None:
        return None, None
    to_x, sums = _Adjoint.apply(gradient, direction, along[0], *rest)  # type: ignore[misc]
    return to_x, sums[0].to(scale.dtype)


def _as(x: Tensor | None, y: Tensor) -> Tensor:
    """In the layout of y."""
    assert x is not None
    return x.contiguous(memory_format=layout(y))


def _rows(values: Tensor) -> Tensor:
    return values.contiguous()


@torch.library.custom_op("mammoganesis::activate", mutates_args=())
def _forward(
    x: Tensor,
    scale: Tensor | None,
    noise: Tensor | None,
    strength: Tensor | None,
    bias: Tensor | None,
    slope: float,
    limit: float,
) -> Tensor:
    from training.accelerators.kernels import activation_triton

    y = torch.empty_like(x, memory_format=layout(x))
    pair = None if noise is None or strength is None else (_rows(noise), strength)
    factors = None if scale is None else _rows(scale)
    activation_triton.forward(_as(x, y), y, factors, pair, None if bias is None else _rows(bias), (slope, limit))
    return y


@_forward.register_fake
def _(x: Tensor, *_: Any) -> Tensor:
    return torch.empty_like(x, memory_format=layout(x))


@torch.library.custom_op("mammoganesis::activate_adjoint", mutates_args=())
def _adjoint(
    gradient: Tensor,
    x: Tensor | None,
    scale: Tensor | None,
    noise: Tensor | None,
    y: Tensor,
    slope: float,
    limit: float,
) -> tuple[Tensor, Tensor]:
    from training.accelerators.kernels import activation_triton

    result = torch.empty_like(y, memory_format=layout(y))
    pair = None if scale is None else (_as(x, y), _rows(scale))
    sums = activation_triton.adjoint(
        _as(gradient, y), result, pair, None if noise is None else _rows(noise), _as(y, y), (slope, limit)
    )
    return result, sums


@_adjoint.register_fake
def _(gradient: Tensor, x: Any, scale: Any, noise: Any, y: Tensor, *_: Any) -> tuple[Tensor, Tensor]:
    sums = torch.empty(3, *y.shape[:2], dtype=compute_type(y), device=y.device)
    return torch.empty_like(y, memory_format=layout(y)), sums


@torch.library.custom_op("mammoganesis::activate_tangent", mutates_args=())
def _tangent(
    direction: Tensor,
    along: Tensor,
    x: Tensor | None,
    scale: Tensor | None,
    noise: Tensor | None,
    y: Tensor,
    slope: float,
    limit: float,
) -> Tensor:
    from training.accelerators.kernels import activation_triton

    result = torch.empty_like(y, memory_format=layout(y))
    pair = None if scale is None else (_as(x, y), _rows(scale))
    activation_triton.tangent(
        _as(direction, y),
        _rows(along),
        result,
        pair,
        None if noise is None else _rows(noise),
        _as(y, y),
        (slope, limit),
    )
    return result


@_tangent.register_fake
def _(direction: Tensor, along: Tensor, x: Any, scale: Any, noise: Any, y: Tensor, *_: Any) -> Tensor:
    return torch.empty_like(y, memory_format=layout(y))
