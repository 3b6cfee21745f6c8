"""A recipe in plain words: one sentence a step, in the order in which the steps are applied.

Pure functions of a complete recipe and the words of its bundle; the same recipe always gives the same sentences. A
recipe inside another stands in square brackets, its steps separated by semicolons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mammoganesis.editing.noise import NoiseTerm
from mammoganesis.recipe.limits import Direction, Limits, Part
from mammoganesis.recipe.names import Move, moves_of
from mammoganesis.recipe.noise import noise_terms
from mammoganesis.recipe.region_names import RegionNames
from mammoganesis.recipe.structure import is_masked
from mammoganesis.v1.latents_pb2 import (
    EDIT_MODE_ABSOLUTE,
    INTERPOLATION_SPACE_STYLES,
    Recipe,
    StyleTransfer,
    Truncation,
)


@dataclass(frozen=True)
class Words:
    """What a bundle calls its parts."""

    num_ws: int
    directions: Sequence[tuple[str, Direction]] = ()  # curated names, the first that fits is taken
    regions: RegionNames = field(default_factory=RegionNames)
    style_layers: Sequence[str] = ()  # by index
    low_resolution_layers: Sequence[int] = ()

    @classmethod
    def of(cls, limits: Limits, style_layers: Sequence[str]) -> Words:
        """The words of a bundle with these limits and names of its style layers."""
        directions = tuple(limits.component_names.items())
        return cls(limits.num_ws, directions, limits.region_names, tuple(style_layers), limits.low_resolution_layers)


def describe(recipe: Recipe, words: Words) -> list[str]:
    """The sentences of a complete recipe."""
    return [f"{step[0].upper()}{step[1:]}." for step in [*_steps(recipe, words), _noise(recipe)]]


def _steps(recipe: Recipe, words: Words) -> list[str]:
    """Each step but the noise as a clause without capital and full stop."""
    steps = [_origin(recipe, words)]
    steps += [_move(move, words) for move in moves_of(recipe.component_edits, words.directions)]
    return steps + [_transfer(transfer, recipe.labels, words) for transfer in recipe.style_transfers]


def _inner(recipe: Recipe, words: Words) -> str:
    """A recipe inside another. Its noise is left out: the outer recipe says what counts of it."""
    return f"[{'; '.join(_steps(recipe, words))}]"


def _origin(recipe: Recipe, words: Words) -> str:
    origin = recipe.WhichOneof("origin")
    if origin == "interpolation":
        ends = recipe.interpolation
        where = "styles" if ends.space == INTERPOLATION_SPACE_STYLES else "W"
        start, end = _inner(ends.start, words), _inner(ends.end, words)
        return f"a point {_percent(ends.fraction)} of the way in {where} from {start} to {end}"
    if origin == "mixing":
        parts = recipe.mixing
        layers = _layers(parts.layer_start, parts.layer_end, words)
        return f"a mixture: {_inner(parts.base, words)}, with {layers} taken from {_inner(parts.style, words)}"
    if origin == "seed":
        start = f"seed {recipe.seed}"
        if recipe.labels:
            start += " with " + ", ".join(f"{name} {recipe.labels[name]}" for name in sorted(recipe.labels))
    else:
        start = "an explicit code"
    return f"{start}, {_truncation(recipe.truncation, words)}"


def _truncation(truncation: Truncation, words: Words) -> str:
    psi, cutoff = truncation.psi, truncation.cutoff
    if psi == 1 or cutoff == 0:
        return "without truncation"
    if psi == 0:
        what = "replaced by the average image"
    elif psi < 1:
        what = "pulled towards the average image"
    else:
        what = "pushed away from the average image"
    where = "" if cutoff >= words.num_ws else f" in {_layers(0, cutoff, words)}"
    return f"{what}{where} (psi {psi:g})"


def _move(move: Move, words: Words) -> str:
    edit = move.edits[0]
    amount = f"{move.sigmas:+g} standard deviation{'s' * (abs(move.sigmas) != 1)}"
    along = f"component {edit.index}"
    if move.name:
        turned = ", reversed" if move.direction[0].weight < 0 else ""
        along = f'"{move.name}" (component {edit.index}{turned})'
    along += f" in {_layers(edit.layer_start, edit.layer_end, words)}"
    if len(move.direction) > 1:
        along = f'"{move.name}" ({_and([_part(part, words) for part in move.direction])})'
    if edit.mode == EDIT_MODE_ABSOLUTE:
        return f"set to {amount} from the mean of W along {along}, wherever it was before"
    return f"moved by {amount} along {along}"


def _part(part: Part, words: Words) -> str:
    return f"{part.weight:+.3g} component {part.index} in {_layers(part.layer_start, part.layer_end, words)}"


def _transfer(transfer: StyleTransfer, labels: Mapping[str, str], words: Words) -> str:
    if is_masked(transfer):
        return _masked(transfer, labels, words)
    regions = [_region(region.index, words.regions.of(region.index, labels)) for region in transfer.regions]
    what = f"the style of region{'s' * (len(regions) > 1)} {_and(regions)}"
    much = "" if transfer.strength == 1 else f", {_percent(transfer.strength)} of the way"
    budgets = ", ".join([f"budget {transfer.epsilon:g} a layer", *_layer_budgets(transfer, words)])
    which = f"channels of which more than {_percent(transfer.rho)} lies there; {budgets}"
    return f"{what} taken from {_inner(transfer.reference, words)}{much} ({which})"


def _masked(transfer: StyleTransfer, labels: Mapping[str, str], words: Words) -> str:
    regions = [_region(region.index, words.regions.of(region.index, labels)) for region in transfer.regions]
    made = f" made of region{'s' * (len(regions) > 1)} {_and(regions)}" if regions else ""
    much = "" if transfer.strength == 1 else f", {_percent(transfer.strength)} of the way"
    feather = transfer.mask.feather
    edge = f"an edge soft over {_percent(feather)} of the width" if feather else "a sharp edge"
    return f"the style within a mask{made} taken from {_inner(transfer.reference, words)}{much} ({edge})"


def _layer_budgets(transfer: StyleTransfer, words: Words) -> list[str]:
    """The budgets of single layers, layers of one budget together, in order of synthesis."""
    by_epsilon: dict[float, list[int]] = {}
    for entry in transfer.layer_epsilons:
        if entry.epsilon != transfer.epsilon:
            by_epsilon.setdefault(entry.epsilon, []).append(entry.layer)
    budgets = []
    for epsilon, layers in by_epsilon.items():
        if layers == list(words.low_resolution_layers):
            where = "the layers of 4x4 and 8x8"
        else:
            where = _and([words.style_layers[layer] for layer in layers])
        budgets.append(f"{epsilon:g} in {where}")
    return budgets


def _region(index: int, name: str) -> str:
    return f'{index} ("{name}")' if name else str(index)


def _noise(recipe: Recipe) -> str:
    terms = noise_terms(recipe)
    if not terms:
        return "rendered without noise"
    if len(terms) == 1 and terms[0].weight == 1:
        return f"rendered with {_one_noise(terms[0])}"
    return f"rendered with {_and([f'{term.weight:.3g} times {_one_noise(term)}' for term in terms])}"


def _one_noise(term: NoiseTerm) -> str:
    return "the model's constant noise" if term.seed is None else f"noise drawn from seed {term.seed}"


def _layers(start: int, end: int, words: Words) -> str:
    """A range of layers, the end excluded, as people count them: from 0, both ends included."""
    if (start, end) == (0, words.num_ws):
        return f"all {words.num_ws} layers"
    if end == start + 1:
        return f"layer {start} of 0 to {words.num_ws - 1}"
    return f"layers {start} to {end - 1} of 0 to {words.num_ws - 1}"


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"


def _and(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
