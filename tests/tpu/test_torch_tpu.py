"""torch_tpu as far as a machine without a TPU allows: it imports, and selecting it says what is missing."""

from __future__ import annotations

import pytest
import torch

from mammoganesis.errors import ConfigurationError
from training.accelerators import select, tpu

pytest.importorskip(
    "torch_tpu", reason="torch_tpu is not installed here; `make test-tpu-compile` makes its environment"
)
pytestmark = pytest.mark.skipif(tpu.is_available(), reason="there is a TPU")


def test_without_a_tpu_the_error_says_so() -> None:
    with pytest.raises(ConfigurationError, match="torch_tpu is installed, but it sees no TPU on this machine"):
        select("tpu", "bfloat16")


def test_auto_falls_back_to_the_cpu() -> None:
    assert select("auto", "bfloat16").torch_device == torch.device("cpu")


def test_training_on_the_cpu_works_beside_it() -> None:
    weight = torch.ones(2, 2, requires_grad=True)
    with select("cpu", "bfloat16").autocast():
        (weight @ weight).float().sum().backward()
    assert weight.grad is not None
    assert weight.grad.tolist() == [[4.0, 4.0], [4.0, 4.0]]
