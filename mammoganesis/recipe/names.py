"""Names of files that say what is in them, such as "seed5_density+2.0"."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mammoganesis.recipe.canonical import to_json
from mammoganesis.recipe.edits import sigmas_along
from mammoganesis.recipe.limits import DEFAULT_PSI, Direction, Limits
from mammoganesis.recipe.noise import own_noise
from mammoganesis.recipe.structure import is_masked
from mammoganesis.v1.latents_pb2 import (
    EDIT_MODE_ABSOLUTE,
    NOISE_MODE_CONST,
    NOISE_MODE_INTERPOLATED,
    NOISE_MODE_NONE,
    ComponentEdit,
    Recipe,
    StyleTransfer,
)

MAX_STEM = 100  # characters; file systems take 255 bytes, and a folder may stand before it
_NOISES = {NOISE_MODE_CONST: "-const", NOISE_MODE_NONE: "-none", NOISE_MODE_INTERPOLATED: "-between"}
_UNSAFE = re.compile(r"[^A-Za-z0-9.+-]+")


def file_stem(recipe: Recipe, limits: Limits) -> str:
    """Name for a file of an image, without suffix: its origin, then what was done to it, in the order of the recipe.

    Letters, digits and "_", "+", "-", "." only, at most MAX_STEM of them; a longer one is cut, and ends with eight
    digits of a checksum of the recipe. What stands at its default is left out.

    Args:
        recipe: complete.
        limits: of its bundle, for the names of directions and regions.
    """
    parts = [_origin(recipe, limits)]
    parts += [_move(move, limits) for move in moves_of(recipe.component_edits, [*limits.component_names.items()])]
    parts += [_transfer(transfer, limits, recipe.labels) for transfer in recipe.style_transfers]
    if recipe.noise != own_noise(recipe):
        parts.append(f"noise{_NOISES.get(recipe.noise.mode, recipe.noise.seed)}")
    stem = "_".join(parts)
    if len(stem) <= MAX_STEM:
        return stem
    checksum = hashlib.sha256(to_json(recipe).encode("ascii")).hexdigest()[:8]
    return f"{stem[: MAX_STEM - 9]}_{checksum}"


def stem_of_several(stems: Sequence[str]) -> str:
    """Name for a file that holds several images, without suffix, such as "seed5_and_3_more".

    Args:
        stems: of the images, as of `file_stem`; one or more.
    """
    first, *more = stems
    return f"{first}_and_{len(more)}_more" if more else first


@dataclass(frozen=True)
class Move:
    """Complete edits that belong together: along one component, or the components of one direction."""

    edits: tuple[ComponentEdit, ...]  # one or more, of one mode
    sigmas: float  # standard deviations of the direction, or of the component
    name: str = ""  # of the curated direction; "": a bare component
    direction: Direction = ()  # empty for a bare component


def moves_of(edits: Sequence[ComponentEdit], directions: Sequence[tuple[str, Direction]]) -> list[Move]:
    """Complete edits in their order, those of one curated direction together; of the directions that fit the one with
    the most components is taken, the first of these."""
    longest = sorted(directions, key=lambda named: -len(named[1]))
    moves, at = [], 0
    while at < len(edits):
        move = Move((edits[at],), edits[at].sigmas)
        for name, direction in longest:
            these = tuple(edits[at : at + len(direction)])
            if (sigmas := sigmas_along(these, direction)) is not None:
                move = Move(these, sigmas, name, direction)
                break
        moves.append(move)
        at += len(move.edits)
    return moves


def _origin(recipe: Recipe, limits: Limits) -> str:
    origin = recipe.WhichOneof("origin")
    if origin == "interpolation":
        ends = recipe.interpolation
        return f"{file_stem(ends.start, limits)}_to_{file_stem(ends.end, limits)}_{ends.fraction:.3g}"
    if origin == "mixing":
        parts = recipe.mixing
        layers = f"layers{parts.layer_start}-{parts.layer_end - 1}"
        return f"{file_stem(parts.base, limits)}_{layers}-of_{file_stem(parts.style, limits)}"
    if origin == "seed":
        name = "_".join([f"seed{recipe.seed}", *(_safe(recipe.labels[field]) for field in sorted(recipe.labels))])
    else:
        name = f"code{hashlib.sha256(recipe.code.SerializeToString()).hexdigest()[:8]}"
    psi, cutoff = recipe.truncation.psi, recipe.truncation.cutoff
    name += "" if psi == DEFAULT_PSI else f"_psi{_number(psi)}"
    return name if cutoff >= limits.num_ws else f"{name}_cutoff{cutoff}"


def _move(move: Move, limits: Limits) -> str:
    edit = move.edits[0]
    at = "-at" if edit.mode == EDIT_MODE_ABSOLUTE else ""
    amount = _number(move.sigmas, sign=True)
    if move.name:
        return f"{_safe(move.name)}{at}{amount}"
    name = f"component{edit.index}{at}{amount}"
    whole = (edit.layer_start, edit.layer_end) == (0, limits.num_ws)
    return name if whole else f"{name}_layers{edit.layer_start}-{edit.layer_end - 1}"


def _transfer(transfer: StyleTransfer, limits: Limits, labels: Mapping[str, str]) -> str:
    names = [limits.region_names.of(region.index, labels) or f"region{region.index}" for region in transfer.regions]
    regions = "-".join(map(_safe, names))
    if is_masked(transfer):
        mask = hashlib.sha256(transfer.mask.SerializeToString(deterministic=True)).hexdigest()[:8]
        regions = f"within-{regions or f'mask{mask}'}"
    strength = "" if transfer.strength == 1 else f"-strength{_number(transfer.strength)}"
    return f"{regions}{strength}-of_{file_stem(transfer.reference, limits)}"


def _number(value: float, sign: bool = False) -> str:
    """At least one digit behind the point, and as many as it has, up to three."""
    text = f"{value + 0.0:{'+' if sign else ''}.3f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text


def _safe(text: str) -> str:
    """Without what some file system or shell takes for something else."""
    return _UNSAFE.sub("-", text).strip("-.") or "-"
