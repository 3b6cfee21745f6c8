"""Augmentations for aligned mammograms, differentiable, each applied with the same adaptive probability."""

from training.augment.pipeline import Augment

__all__ = ["Augment"]
