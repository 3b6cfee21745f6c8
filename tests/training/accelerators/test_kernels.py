"""The kernels for GPUs, in Triton's interpreter on the CPU, against the plain form, derivatives included."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mammoganesis.errors import ConfigurationError
from tests.places import ROOT
from training.accelerators.kernels import activation, choice, resampling
from training.networks import fir
from training.networks.activation import activate

has_triton = pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="Triton is not installed")
interpreted = pytest.mark.skipif(
    os.environ.get("TRITON_INTERPRET") != "1", reason="here Triton compiles for a GPU; tests/gpu has its tests"
)


@has_triton
@interpreted
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize(
    "case",
    [
        {"up": 1, "down": 1, "padding": (3, 0, -1, 2), "gain": 1.0},
        {"up": 2, "down": 1, "padding": (2, 1, 2, 1), "gain": 4.0},
        {"up": 1, "down": 2, "padding": (1, 1, 1, 1), "gain": 1.0},
        {"up": 2, "down": 1, "padding": (3, -2, 1, 2), "gain": 1.0},
    ],
)
def test_resampling_is_that_of_the_plain_form(case: dict, channels_last: bool, dtype: torch.dtype) -> None:
    x = torch.randn(2, 3, 8, 6).to(dtype)
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    found, expected = resampling.resample(x, **case), fir.resample(x, fir.filter_kernel(), **case)
    assert (found.dtype, found.stride()) == (expected.dtype, expected.stride())
    torch.testing.assert_close(found, expected)


Operands = tuple[Tensor, Tensor | None, Tensor | None, Tensor, Tensor]


def operands(*, scaled: bool, noises: int, dtype: torch.dtype = torch.float64) -> Operands:
    """x, scale, noise, strength and bias."""
    random = torch.Generator().manual_seed(2)

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape, generator=random, dtype=torch.float64)

    x = draw(2, 3, 5, 4).to(dtype).contiguous(memory_format=torch.channels_last)
    scale, noise = draw(2, 3), draw(noises, 1, 5, 4)
    return x, scale if scaled else None, noise if noises else None, draw(), draw(3)


def derivatives(form: Callable[..., Tensor], given: Operands) -> list[Tensor]:
    """The result, its gradients in x, scale, strength and bias, and the gradients of their squared sum."""
    x, scale, noise, strength, bias = (None if t is None else t.clone() for t in given)
    wanted = [
        t.requires_grad_(True) for t in (x, scale, strength if noise is not None else None, bias) if t is not None
    ]
    y = form(x, scale, noise, strength, bias)
    first = torch.autograd.grad(y.tanh().sum(), wanted, create_graph=True)
    second = torch.autograd.grad(sum(g.square().sum() for g in first), wanted)  # type: ignore[arg-type]
    return [y.detach(), *(g.detach() for g in first), *second]


@has_triton
@interpreted
@pytest.mark.parametrize(
    ("scaled", "noises", "limit"), [(False, 0, 0.0), (True, 2, 0.0), (True, 1, 1.0)], ids=["D", "G", "G, clamped"]
)
def test_activation_and_its_two_derivatives_are_those_of_the_plain_form(
    scaled: bool, noises: int, limit: float
) -> None:
    given = operands(scaled=scaled, noises=noises)
    curve = activation.Curve(0.2, limit)

    def kernel(x: Tensor, scale: Tensor, noise: Tensor | None, strength: Tensor, bias: Tensor) -> Tensor:
        return activation.activate(x, scale, None if noise is None else (noise, strength), bias, curve)

    def plain(x: Tensor, scale: Tensor, noise: Tensor | None, strength: Tensor, bias: Tensor) -> Tensor:
        return activate(x, bias, scale, None if noise is None else (noise, strength), limit or None)

    for found, expected in zip(derivatives(kernel, given), derivatives(plain, given), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


@has_triton
@interpreted
def test_gradgradcheck() -> None:
    """Of a straight line: scale and x take part in each other's derivatives."""
    x, scale, _, _, _ = operands(scaled=True, noises=0)
    assert scale is not None

    def square(x: Tensor, scale: Tensor) -> Tensor:
        return activation.activate(x, scale, None, None, activation.Curve()).square()

    inputs = x[:1].clone().requires_grad_(True), scale[:1].clone().requires_grad_(True)
    assert torch.autograd.gradgradcheck(square, inputs, fast_mode=True)


@has_triton
@interpreted
def test_in_bfloat16_only_what_is_stored_is_rounded() -> None:
    """The plain form rounds after every operation, so what it gives in float32 is the measure."""
    x, scale, noise, strength, bias = operands(scaled=True, noises=2, dtype=torch.bfloat16)
    assert scale is not None
    assert noise is not None
    given = scale.float(), (noise.float(), strength.float()), bias.float()
    found = activation.activate(x, *given, activation.Curve(0.2))
    expected = activate(x.float(), given[2], given[0], given[1])
    assert found.dtype == torch.bfloat16
    assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found.float(), expected, rtol=2**-7, atol=1e-6)  # the interpreter cuts bits off


def test_they_compute_only_what_lies_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.zeros(1)
    assert not choice.compute(x)
    monkeypatch.setattr(choice, "_chosen", [True])
    assert not choice.compute(x)
    monkeypatch.setenv(choice.VARIABLE, "off")
    assert not choice.are_wanted()
    monkeypatch.setenv(choice.VARIABLE, "0")
    with pytest.raises(ConfigurationError, match="MAMMOGANESIS_TRITON is '0'; allowed are on and off"):
        choice.are_wanted()


COMPILE = """
import triton.language as tl
from triton import compile
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from training.accelerators.kernels import activation_triton as act, resampling_triton as res

STORED = "x", "y", "gradient", "result", "direction"
NUMBERS = "slope", "limit", "gain"
FLOATS = "scale", "noise", "strength", "bias", "sums", "along"
CHOICES = {"SCALED": True, "NOISY": True, "BENT": True, "CLAMPED": True, "BIASED": True, "TURNS": 2, "UP": 2, "DOWN": 1}
CHOICES |= {"BLOCK_P": 32, "BLOCK_C": 64, "TYPE": tl.float32, "stride_c": 1, "in_stride_c": 1, "out_stride_c": 1}
for kernel in (res._resample, act._forward, act._adjoint, act._tangent):
    constants = {name: value for name, value in CHOICES.items() if name in kernel.arg_names}
    kinds = {name: "*bf16" for name in STORED} | {name: "*fp32" for name in FLOATS} | {n: "fp32" for n in NUMBERS}
    signature = {n: "constexpr" if n in constants else kinds.get(n, "i32") for n in kernel.arg_names}
    aligned = {(i,): [["tt.divisibility", 16]] for i, n in enumerate(kernel.arg_names)
               if n in STORED + FLOATS or n in ("channels", "stride_p", "in_stride_p", "out_stride_p")}
    made = compile(ASTSource(kernel, signature, constants, aligned), target=GPUTarget("cuda", 90, 32))
    assert len(made.asm["cubin"]) > 1000
    print(kernel.__name__, "ld.global.v4" in made.asm["ptx"], "st.global.v4" in made.asm["ptx"])
"""


@has_triton
def test_they_compile_for_an_h100_and_move_16_bytes_at_once() -> None:
    """Without a GPU, down to its machine code."""
    environment = {**os.environ, "TRITON_INTERPRET": "0", "PYTHONPATH": str(ROOT), "TRITON_DEFAULT_FP_FUSION": "1"}
    done = subprocess.run([sys.executable, "-c", COMPILE], env=environment, capture_output=True, text=True, timeout=200)
    names = ("_resample", "_forward", "_adjoint", "_tangent")
    assert done.stdout.splitlines() == [f"{name} True True" for name in names], done.stderr[-2000:]
