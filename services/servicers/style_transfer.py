"""StyleTransferService: ListRegions, TransferStyle, SegmentRegions."""

from __future__ import annotations

import asyncio

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.curated import region_entries
from mammoganesis.editing import segmentation
from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures import png
from mammoganesis.pictures.colours import background_regions, of_regions
from mammoganesis.pictures.masks import mask_of_png, mask_of_polygon
from mammoganesis.recipe import identity
from mammoganesis.recipe.edits import regions_by_index
from mammoganesis.recipe.masked import everywhere, mask_of
from mammoganesis.v1.latents_pb2 import LOCALITY_MASKED, Mask
from mammoganesis.v1.style_transfer_pb2 import (
    LabelledName,
    ListRegionsRequest,
    ListRegionsResponse,
    RegionSummary,
    SegmentRegionsRequest,
    SegmentRegionsResponse,
    TransferStyleRequest,
    TransferStyleResponse,
)
from services.rendering.calls import CallContext
from services.rendering.renderer import Renderer
from services.servicers import composition, requests


class StyleTransferServicer:
    """Local edits, by the bundle's region catalogue."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    async def ListRegions(self, request: ListRegionsRequest, call: CallContext) -> ListRegionsResponse:  # noqa: N802
        """The regions, the grid that they were found on, the style layers and the default epsilons."""
        requests.require_regions(self._renderer.limits)
        bundle = self._renderer.bundle
        assert bundle.regions is not None
        catalogue = bundle.manifest.regions
        entries, limits = region_entries(catalogue), self._renderer.limits
        colours = of_regions([entry.name for entry in entries])
        return ListRegionsResponse(
            regions=[
                RegionSummary(
                    index=index,
                    name=entry.name,
                    area_share=share,
                    note=entry.note,
                    rejected=entry.rejected,
                    colour=colour.code,
                    labelled_names=[
                        LabelledName(field=other.field, value=other.value, name=other.name)
                        for other in catalogue.labelled_names
                        if other.index == index
                    ],
                    part=entry.part,
                )
                for index, (entry, share, colour) in enumerate(
                    zip(entries, bundle.regions.area_share, colours, strict=True)
                )
            ],
            grid_size=catalogue.grid_size,
            style_layers=[layer.name for layer in bundle.manifest.style_layers],
            default_epsilon=limits.default_epsilon,
            low_resolution_epsilon=limits.low_resolution_epsilon,
        )

    async def TransferStyle(  # noqa: N802
        self, request: TransferStyleRequest, call: CallContext
    ) -> TransferStyleResponse:
        """The target, with the style of regions taken from the reference."""
        requests.check_transfer_style(request, self._renderer.limits)
        requests.check_taken(request, self._renderer.limits, call)
        target = await composition.part(self._renderer, request.target, "target")
        reference = await composition.part(self._renderer, request.reference, "reference")
        requests.check_transfers_together(target.recipe, target.name)
        requests.check_recipes_together([target.recipe, reference.recipe], 0, "target and reference")
        mask = None
        if request.locality == LOCALITY_MASKED:
            # The rest is checked before anything is drawn or decoded for the mask.
            anywhere = everywhere(request.feather if request.HasField("feather") else None)
            composition.transferred(request, target, reference, anywhere).complete(self._renderer.limits)
            mask = await self._mask(request, target, call)
        recipe = composition.transferred(request, target, reference, mask).complete(self._renderer.limits)
        return TransferStyleResponse(
            image=await self._renderer.render(recipe, request.format, call),
            channels_moved=int(self._renderer.query(recipe.style_transfers[-1]).sum()),
        )

    async def SegmentRegions(  # noqa: N802
        self, request: SegmentRegionsRequest, call: CallContext
    ) -> SegmentRegionsResponse:
        """The region of each cell of an image, coarse and at the image's size."""
        requests.check_segment_regions(request, self._renderer.limits)
        bundle = self._renderer.bundle
        assert bundle.regions is not None
        latent = await composition.part(self._renderer, request.latent, "latent")
        recipe = latent.complete(self._renderer.limits)
        image, features = await self._renderer.image_and_features(recipe, call)
        labels = segmentation.cells(features, bundle.regions.centroids)
        return SegmentRegionsResponse(
            grid_size=labels.shape[0],
            labels=labels.tobytes(),
            label_map_png=await asyncio.to_thread(lambda: png.label_map_png(self._label_map(image, features))),
            recipe=self._renderer.of_bundle(recipe),
            latent_id=identity.latent_id(recipe, bundle.digest),
            bundle_digest=bundle.digest,
        )

    def _label_map(self, image: ndarray, features: ndarray) -> ndarray:
        """[H, W] uint8 of an image [C, H, W] and its activations."""
        bundle = self._renderer.bundle
        assert bundle.regions is not None
        background = background_regions(bundle.manifest.regions.names)
        return bundle.regions.label_map(image, features, background)

    async def _mask(self, request: TransferStyleRequest, target: composition.Part, call: CallContext) -> Mask:
        """The mask that a request gives or asks for.

        Raises:
            InvalidArgument: it is none, or the target shows nothing of the regions.
        """
        feather = request.feather if request.HasField("feather") else None
        limits, given = self._renderer.limits, request.WhichOneof("mask")
        if given == "mask_png":
            values = await asyncio.to_thread(mask_of_png, request.mask_png, limits.resolution, given)
        elif given == "polygon":
            points = [(point.x, point.y) for point in request.polygon.points]
            values = await asyncio.to_thread(mask_of_polygon, points, limits.resolution)
        else:
            wanted = [region.index for region in regions_by_index(request.regions, limits, "regions")]
            image, features = await self._renderer.image_and_features(target.complete(limits), call)
            labels = await asyncio.to_thread(self._label_map, image, features)
            if not np.isin(labels, wanted).any():
                shown = ", ".join(map(str, np.unique(labels)))
                raise InvalidArgument("regions", wanted, f"one that this target shows: {shown}")
            values, given = np.where(np.isin(labels, wanted), 255, 0), "regions"
        return mask_of(values, given, feather)
