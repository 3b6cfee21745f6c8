"""Requests as recipes: the latents that a request names, looked up and put together, before anything is checked.

A servicer composes the one recipe that its request asks for out of parts, and `complete` then walks it once. Each part
remembers what the request calls it, so that a message names the field that the client has sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mammoganesis.errors import InvalidArgument, NotFound
from mammoganesis.recipe import completion
from mammoganesis.recipe.fields import one_of
from mammoganesis.recipe.limits import Limits
from mammoganesis.recipe.structure import of_style_sets
from mammoganesis.v1.latents_pb2 import ComponentEdit, Interpolation, Latent, Mask, Mixing, Noise, Recipe, StyleTransfer
from mammoganesis.v1.sampling_pb2 import (
    FindSeedsRequest,
    InterpolateRequest,
    MixStylesRequest,
    SampleRequest,
    StreamSamplesRequest,
)
from mammoganesis.v1.style_transfer_pb2 import TransferStyleRequest
from services.rendering.renderer import Renderer

LATENT_ID = re.compile(r"lat_[0-9a-f]{32}")
OfSeeds = SampleRequest | StreamSamplesRequest | FindSeedsRequest


@dataclass(frozen=True)
class Part:
    """A recipe as it was asked for, not yet checked."""

    recipe: Recipe
    name: str  # what the request calls it
    places: Mapping[str, str] = field(default_factory=dict)  # what it calls parts of it; see `complete`

    def complete(self, limits: Limits) -> Recipe:
        """Checked and with every default; see `mammoganesis.recipe.completion.complete`."""
        return completion.complete(self.recipe, limits, self.name, self.places)

    def complete_template(self, limits: Limits) -> completion.Template:
        """The same for the images of many seeds."""
        return completion.complete_template(self.recipe, limits, self.name, self.places)

    def standing_at(self, path: str) -> dict[str, str]:
        """Its places inside a larger recipe, in which it stands at `path`."""
        return {path: self.name, **{f"{path}.{inner}": name for inner, name in self.places.items()}}


async def part(renderer: Renderer, latent: Latent, name: str, beside: SampleRequest | None = None) -> Part:
    """The recipe of a latent.

    Args:
        renderer: remembers the recipes behind latent ids.
        latent: a recipe, a latent id or an explicit code.
        name: its field in the request.
        beside: gives an explicit code its truncation and noise; None for the defaults.

    Raises:
        InvalidArgument: it is none of the three, or no latent id.
        NotFound: the cache does not hold the latent id (any more).
    """
    kind = one_of(latent, "kind", name)
    if kind == "recipe":
        return Part(latent.recipe, f"{name}.recipe")
    if kind == "w":
        recipe = _sampled(beside) if beside else Recipe()
        recipe.code.CopyFrom(latent.w)
        return Part(recipe, name, {"code": f"{name}.w", "truncation": "truncation", "noise": "noise"})
    if not LATENT_ID.fullmatch(latent.latent_id):
        raise InvalidArgument(f"{name}.latent_id", latent.latent_id, '"lat_" and 32 hexadecimal digits')
    remembered = await renderer.remembered(latent.latent_id)
    if remembered is None:
        raise NotFound(
            f"{name}.latent_id: {latent.latent_id} is not in the cache (any more); send the recipe that came with the "
            "image instead"
        )
    return Part(remembered, f"{name}.latent_id")


def of_seeds(renderer: Renderer, request: OfSeeds) -> Callable[[int], Recipe]:
    """The complete recipe of each of the request's seeds: with its truncation, its noise, its labels and, where it asks
    for that, labels drawn for the seed out of those of the training images.

    Raises:
        InvalidArgument: truncation, noise or labels that the bundle does not have.
    """
    recipe = _sampled(request)
    recipe.labels.update(request.labels)
    template = Part(recipe, "").complete_template(renderer.limits)
    if not (request.labels_drawn and renderer.limits.label_fields):
        return template.of
    mixture = renderer.bundle.label_mixture.within(request.labels)
    return lambda seed: template.of(seed, mixture.labels_of_seed(seed))


def interpolated(request: InterpolateRequest, start: Part, end: Part) -> Part:
    """The first step of an interpolation; the others differ in their fraction."""
    recipe = Recipe(
        interpolation=Interpolation(start=start.recipe, end=end.recipe, space=request.space),
        noise=_noise(request),
    )
    places = start.standing_at("interpolation.start") | end.standing_at("interpolation.end")
    return Part(recipe, "", {"interpolation": "", **places})


def mixed(request: MixStylesRequest, base: Part, style: Part) -> Part:
    """The mixture of two latents."""
    mixing = Mixing(
        base=base.recipe,
        style=style.recipe,
        layer_start=request.layer_start if request.HasField("layer_start") else None,
        layer_end=request.layer_end if request.HasField("layer_end") else None,
    )
    places = base.standing_at("mixing.base") | style.standing_at("mixing.style")
    return Part(Recipe(mixing=mixing, noise=_noise(request)), "", {"mixing": "", **places})


def edited(latent: Part, added: Mapping[str, ComponentEdit]) -> Part:
    """A latent with further component edits, by their fields in the request, of which there is one or more."""
    recipe, places = _copy(latent.recipe), dict(latent.places)
    # All styles that are seen side by side move, so that an image is edited as a whole.
    for path, inner in of_style_sets(recipe):
        if not inner.component_edits:
            places[f"{path}component_edits"] = next(iter(added)).partition("[")[0]
        for name, edit in added.items():
            places[f"{path}component_edits[{len(inner.component_edits)}]"] = name
            inner.component_edits.append(edit)
    return Part(recipe, latent.name, places)


def transferred(request: TransferStyleRequest, target: Part, reference: Part, mask: Mask | None = None) -> Part:
    """A latent with one further style transfer; with a mask one within it."""
    recipe = _copy(target.recipe)
    recipe.style_transfers.append(
        StyleTransfer(
            reference=reference.recipe,
            regions=request.regions,
            rho=request.rho if request.HasField("rho") else None,
            epsilon=request.epsilon if request.HasField("epsilon") else None,
            layer_epsilons=request.layer_epsilons,
            strength=request.strength if request.HasField("strength") else None,
            locality=request.locality,
            mask=mask,
        )
    )
    place = f"style_transfers[{len(target.recipe.style_transfers)}]"
    places = {**target.places, place: "", f"{place}.mask.feather": "feather"}
    places |= reference.standing_at(f"{place}.reference")
    return Part(recipe, target.name, places)


def _sampled(request: OfSeeds) -> Recipe:
    truncation = request.truncation if request.HasField("truncation") else None
    return Recipe(truncation=truncation, noise=_noise(request))


def _noise(request: OfSeeds | InterpolateRequest | MixStylesRequest) -> Noise | None:
    return request.noise if request.HasField("noise") else None


def _copy(recipe: Recipe) -> Recipe:
    copy = Recipe()
    copy.CopyFrom(recipe)
    return copy
