"""Whether the kernels compute."""

from __future__ import annotations

import importlib.util
import os

from torch import Tensor

from mammoganesis.errors import ConfigurationError

VARIABLE = "MAMMOGANESIS_TRITON"  # off: plain torch on GPUs, too
_chosen = [False]


def choose(wanted: bool) -> None:
    """From now on, whether they compute what lies on GPUs."""
    _chosen[0] = wanted


def are_wanted() -> bool:
    """Whether Triton is installed and not switched off by the environment variable.

    Raises:
        ConfigurationError: the variable is neither on nor off.
    """
    text = os.environ.get(VARIABLE, "on")
    if text not in ("on", "off"):
        raise ConfigurationError(f"the environment variable {VARIABLE} is {text!r}; allowed are on and off")
    return text == "on" and importlib.util.find_spec("triton") is not None


def compute(x: Tensor) -> bool:
    """Whether they compute what is made of x."""
    return _chosen[0] and x.device.type == "cuda"
