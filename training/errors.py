"""Errors of the training side.

    TrainingError
    |-- DataError            a source image, a manifest or a prepared data set is not usable
    |-- ConfigurationError   an option or a configuration value is outside what is allowed
    `-- CheckpointError      a checkpoint is missing, incomplete, damaged or does not fit

Every message names what was wrong (file, field), the value found and what is allowed.
"""

from __future__ import annotations


class TrainingError(Exception):
    """Base of all errors that a user of the training side can cause and can cure."""


class DataError(TrainingError):
    """A source image, a manifest or a prepared data set is not usable."""


class ConfigurationError(TrainingError):
    """An option or a configuration value is outside what is allowed."""


class CheckpointError(TrainingError):
    """A checkpoint is missing, incomplete, damaged or does not fit the networks."""
