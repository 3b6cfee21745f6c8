"""PcaEditingService: ListComponents, EditComponents, SweepComponent, CheckReach."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from numpy import ndarray

from mammoganesis.bundle.curated import named_directions, sigmas_range
from mammoganesis.bundle.v1.manifest_pb2 import NamedComponent
from mammoganesis.editing import components, latents
from mammoganesis.editing.reach import reach
from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.edits import complete_edits
from mammoganesis.recipe.limits import DEFAULT_SIGMAS, MAX_SIGMAS, Part
from mammoganesis.recipe.names import Move, moves_of
from mammoganesis.recipe.reach import Room, parts_of, room
from mammoganesis.recipe.structure import is_in_styles, of_style_sets
from mammoganesis.v1.latents_pb2 import ComponentEdit, Recipe
from mammoganesis.v1.pca_editing_pb2 import (
    CheckReachRequest,
    CheckReachResponse,
    Component,
    ComponentRoom,
    Direction,
    DirectionRoom,
    EditComponentsRequest,
    EditComponentsResponse,
    Evidence,
    FurtherComponent,
    ListComponentsRequest,
    ListComponentsResponse,
    SideEffect,
    SweepComponentRequest,
    SweepComponentResponse,
)
from services.rendering.calls import CallContext
from services.rendering.renderer import Renderer
from services.servicers import composition, requests


class PcaEditingServicer:
    """Global edits along the bundle's principal components."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._useful = {named.name: sigmas_range(named) for named in named_directions(renderer.bundle.manifest)}

    async def ListComponents(  # noqa: N802
        self, request: ListComponentsRequest, call: CallContext
    ) -> ListComponentsResponse:
        """The components, by falling variance, and the curated directions along them."""
        requests.require_components(self._renderer.limits)
        bundle = self._renderer.bundle
        assert bundle.components is not None
        # The first name of a component that has several, on other layers perhaps.
        named = {item.index: item for item in reversed(bundle.manifest.named_components)}
        rejected = set(bundle.manifest.rejected_components)
        num_ws = self._renderer.limits.num_ws
        numbers = zip(bundle.components.deviations, bundle.components.explained_variance_ratio, strict=True)
        return ListComponentsResponse(
            components=[
                Component(
                    index=index,
                    deviation=deviation,
                    explained_variance_ratio=ratio,
                    name=named[index].name if index in named else "",
                    layer_start=named[index].layer_start if index in named else 0,
                    layer_end=named[index].layer_end if index in named else num_ws,
                    rejected=index in rejected,
                )
                for index, (deviation, ratio) in enumerate(numbers)
            ],
            directions=[_direction(item) for item in named_directions(bundle.manifest)],
        )

    async def EditComponents(  # noqa: N802
        self, request: EditComponentsRequest, call: CallContext
    ) -> EditComponentsResponse:
        """One latent, moved along components."""
        requests.check_edit_components(request, self._renderer.limits)
        requests.check_taken(request, self._renderer.limits, call)
        latent = await composition.part(self._renderer, request.latent, "latent")
        requests.check_edits_together(latent.recipe, len(request.edits), "edits")
        added = {f"edits[{i}]": edit for i, edit in enumerate(request.edits)}
        recipe = composition.edited(latent, added).complete(self._renderer.limits)
        return EditComponentsResponse(image=await self._renderer.render(recipe, request.format, call))

    async def SweepComponent(  # noqa: N802
        self, request: SweepComponentRequest, call: CallContext
    ) -> AsyncGenerator[SweepComponentResponse]:
        """The same latent at equal steps along one component, both ends included; one image per message."""
        requests.check_sweep_component(request, self._renderer.limits)
        requests.check_taken(request, self._renderer.limits, call)
        latent = await composition.part(self._renderer, request.latent, "latent")
        requests.check_edits_together(latent.recipe, 1, "edit")
        start, end = self._useful.get(request.edit.name, DEFAULT_SIGMAS)
        displacements = latents.equal_steps(
            request.sigmas_start if request.HasField("sigmas_start") else start,
            request.sigmas_end if request.HasField("sigmas_end") else end,
            requests.images_drawn(request),
        )
        step = ComponentEdit()
        step.CopyFrom(request.edit)
        step.sigmas = 1
        one = composition.edited(latent, {"edit": step}).complete(self._renderer.limits)
        added = len(complete_edits(step, self._renderer.limits, "edit"))
        wanted = (_moved(one, added, sigmas) for sigmas in displacements)
        async with aclosing(self._renderer.render_stream(wanted, request.format, call)) as stream:
            index = 0
            async for image in stream:
                yield SweepComponentResponse(index=index, sigmas=displacements[index], image=image)
                index += 1

    async def CheckReach(self, request: CheckReachRequest, call: CallContext) -> CheckReachResponse:  # noqa: N802
        """How far from what the model has learnt an image is, and how far it may still be moved; renders nothing."""
        limits = self._renderer.limits
        requests.check_reach(request, limits)
        latent = await composition.part(self._renderer, request.latent, "latent")
        if request.edits:
            requests.check_edits_together(latent.recipe, len(request.edits), "edits")
            latent = composition.edited(latent, {f"edits[{i}]": edit for i, edit in enumerate(request.edits)})
        recipe = latent.complete(limits)
        if is_in_styles(recipe):
            allowed = "an image whose origin is a point in W"
            raise InvalidArgument("latent", "an interpolation of styles", allowed)
        moves = moves_of(recipe.component_edits, [*limits.component_names.items()])
        del recipe.component_edits[:]
        ws = await self._renderer.ws(recipe)
        return await asyncio.to_thread(self._reach, ws, moves)

    def _reach(self, ws: ndarray, moves: list[Move]) -> CheckReachResponse:
        space, limits = self._renderer.bundle.space, self._renderer.limits
        edits = [edit for move in moves for edit in move.edits]
        bare = [parts_of(move) for move in moves if not move.direction]
        answer = CheckReachResponse(
            reach=reach(components.edit(ws, space.components, space.deviations, space.mean, edits), space)
        )
        for name, useful in self._useful.items():
            found = room(ws, moves, limits.component_names[name], useful, space)
            answer.directions.append(DirectionRoom(name=name, **_numbers(found)))
        for index in range(limits.num_components):
            own = next((parts for parts in bare if parts[0].index == index), (Part(index, 0, limits.num_ws),))
            found = room(ws, moves, own, (-MAX_SIGMAS, MAX_SIGMAS), space)
            answer.components.append(ComponentRoom(index=index, **_numbers(found)))
        return answer


def _numbers(found: Room) -> dict[str, float]:
    """The fields that the rooms of directions and components have in common."""
    ends = {} if found.left is None else {"sigmas_start": found.left[0], "sigmas_end": found.left[1]}
    return {"sigmas": found.sigmas, **ends}


def _moved(one: Recipe, added: int, sigmas: float) -> Recipe:
    """A complete recipe whose last `added` edits are one deviation along a direction or component, with `sigmas` of
    them."""
    recipe = Recipe()
    recipe.CopyFrom(one)
    for _, moved in of_style_sets(recipe):
        for edit in moved.component_edits[-added:]:
            edit.sigmas = edit.sigmas * sigmas + 0.0  # -0.0 is 0.0
    return recipe


def _direction(named: NamedComponent) -> Direction:
    """A curated direction of the manifest as the contract has it."""
    sigmas_start, sigmas_end = sigmas_range(named)
    evidence = None
    if named.HasField("evidence"):
        measured = named.evidence
        evidence = Evidence(
            attribute=measured.attribute, spearman_rho=measured.spearman_rho, num_seeds=measured.num_seeds
        )
    return Direction(
        name=named.name,
        index=named.index,
        reversed=named.reversed,
        layer_start=named.layer_start,
        layer_end=named.layer_end,
        sigmas_start=sigmas_start,
        sigmas_end=sigmas_end,
        note=named.note,
        evidence=evidence,
        further=[
            FurtherComponent(index=f.index, weight=f.weight, layer_start=f.layer_start, layer_end=f.layer_end)
            for f in named.further
        ],
        side_effects=[
            SideEffect(attribute=e.attribute, at_start=e.at_start, at_end=e.at_end, num_seeds=e.num_seeds)
            for e in named.side_effects
        ],
    )
