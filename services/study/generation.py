"""Recipes of a study's synthetic images: drawn as the paper drew them, or as the design says otherwise."""

from __future__ import annotations

import numpy as np

from mammoganesis.editing.labels import LabelMixture
from mammoganesis.errors import FailedPrecondition
from mammoganesis.recipe.drawing import Catalogue, Chance, check_labels, check_names, drawn_seed, drawn_sigmas
from mammoganesis.v1.latents_pb2 import ComponentEdit, Recipe, Region, StyleTransfer, Truncation
from mammoganesis.v1.study_design_pb2 import StudyGeneration

BESIDE_SHARE = 0.5
"""Of the transfers that come beside an edit, not instead of one."""


def chosen(catalogue: Catalogue, generation: StudyGeneration, field: str = "generation") -> Catalogue:
    """The directions and regions that the design wants.

    Raises:
        InvalidArgument: it names one that the bundle has not, or a label that it has not.
        FailedPrecondition: it was made for another bundle.
    """
    if generation.bundle_digest not in ("", catalogue.bundle_digest):
        raise FailedPrecondition(
            f"{field}.bundle_digest: the study is to be made with bundle {generation.bundle_digest[:12]}..., "
            f"and {catalogue.bundle_digest[:12]}... is being served"
        )
    known = {direction.name: direction for direction in catalogue.directions}
    check_names(f"{field}.directions", generation.directions, list(known))
    check_names(f"{field}.regions", generation.regions, catalogue.regions)
    check_labels(f"{field}.labels", generation.labels, catalogue)
    mixture = catalogue.mixture
    if mixture is not None and generation.labels:
        mixture = LabelMixture.asked(generation.labels, catalogue.fields)
    return Catalogue(
        catalogue.bundle_digest,
        catalogue.bundle_name,
        catalogue.resolution,
        [known[name] for name in generation.directions] or catalogue.directions,
        list(generation.regions) or catalogue.regions,
        mixture,
    )


def recipe_of(number: int, generation: StudyGeneration, catalogue: Catalogue, chance: Chance) -> Recipe:
    """Of one sample, not completed yet.

    Args:
        number: of the sample, 0 to `samples` - 1.
        generation: complete.
        catalogue: as `chosen` gives it.
        chance: of the study.
    """
    random = chance.of("sample", number)
    recipe = _origin(random, generation, catalogue)
    if not catalogue.can_edit or random.random() >= generation.edit_probability:
        return recipe
    transfers = bool(catalogue.regions) and random.random() < generation.transfer_probability
    if not catalogue.directions:
        transfers = True
    if catalogue.directions and not (transfers and random.random() >= BESIDE_SHARE):
        recipe.component_edits.append(_edit(random, generation, catalogue))
    if transfers:
        region = catalogue.regions[int(random.integers(len(catalogue.regions)))]
        reference = _origin(random, generation, catalogue, dict(recipe.labels))
        recipe.style_transfers.append(StyleTransfer(reference=reference, regions=[Region(name=region)]))
    return recipe


def is_edited(recipe: Recipe) -> bool:
    """Whether there is an edit or a transfer in it."""
    return bool(recipe.component_edits or recipe.style_transfers)


def edit_types(recipe: Recipe) -> list[str]:
    """Of a recipe of `recipe_of`: the named directions in it, and "transfer", each once."""
    names = [edit.name for edit in recipe.component_edits] + ["transfer"] * bool(recipe.style_transfers)
    return list(dict.fromkeys(names))


def _origin(
    random: np.random.Generator,
    generation: StudyGeneration,
    catalogue: Catalogue,
    labels: dict[str, str] | None = None,
) -> Recipe:
    image_seed = drawn_seed(random)
    if labels is None:
        labels = catalogue.mixture.labels_of_seed(image_seed) if catalogue.mixture else {}
    return Recipe(seed=image_seed, labels=labels, truncation=Truncation(psi=generation.truncation_psi))


def _edit(random: np.random.Generator, generation: StudyGeneration, catalogue: Catalogue) -> ComponentEdit:
    direction = catalogue.directions[int(random.integers(len(catalogue.directions)))]
    return ComponentEdit(name=direction.name, sigmas=drawn_sigmas(random, direction, generation.sigmas))
