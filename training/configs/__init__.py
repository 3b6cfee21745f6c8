"""The known runs. Each module's docstring says the command, the hardware, the hours and what to expect.

Every module defines `OPTIONS`, a `TrainingOptions`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from mammoganesis.errors import ConfigurationError

if TYPE_CHECKING:
    from training.configs.options import TrainingOptions

NAMES = ("paper512", "mammo512", "mammo256", "demo256", "demo", "demo64", "tiny")


def load(name: str) -> TrainingOptions:
    """The options of a known run."""
    if name not in NAMES:
        raise ConfigurationError(f"config is {name!r}; allowed are {', '.join(NAMES)}")
    return importlib.import_module(f"training.configs.{name}").OPTIONS
