"""The client's methods for edits: along components of W, and of regions."""

from collections.abc import Iterator, Sequence

import numpy as np

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.limits import DEFAULT_SWEEP_STEPS
from mammoganesis.v1 import pca_editing_pb2, style_transfer_pb2
from mammoganesis.v1.latents_pb2 import LOCALITY_MASKED
from services.client import messages
from services.client.answers import Segmentation, SweepStep, Transfer
from services.client.choices import BUDGET, PICTURE, Budget, Picture, Within
from services.client.image import Image
from services.client.messages import ComponentEditLike, LatentLike
from services.client.transport import Transport


class EditingCalls:
    """PcaEditingService and StyleTransferService; see `services.client.Client`."""

    _transport: Transport

    def list_components(self) -> list[pca_editing_pb2.Component]:
        """The principal components of W, by falling variance."""
        return list(self._transport.unary("ListComponents", pca_editing_pb2.ListComponentsRequest()).components)

    def list_directions(self) -> list[pca_editing_pb2.Direction]:
        """The curated directions: one component or several, with a name, a sign, layers and a useful range."""
        return list(self._transport.unary("ListComponents", pca_editing_pb2.ListComponentsRequest()).directions)

    def side_effects(self) -> dict[str, dict[str, tuple[float, float]]]:
        """The matrix of what the curated directions do: direction -> attribute -> its mean change at the start and at
        the end of the direction's useful range, in standard deviations of the attribute over images. Directions of
        which nothing was measured are left out."""
        return {
            direction.name: {effect.attribute: (effect.at_start, effect.at_end) for effect in direction.side_effects}
            for direction in self.list_directions()
            if direction.side_effects
        }

    def edit(
        self,
        latent: LatentLike,
        edits: Sequence[ComponentEditLike],
        *,
        mode: str = "relative",
        picture: Picture = PICTURE,
    ) -> Image:
        """One latent, moved along components.

        Args:
            latent: what to edit; the edits add to those it already has.
            edits: 1 to 64 of (component, sigmas) or (component, sigmas, layer_start, layer_end); a component is an
                index or a curated name, sigmas are standard deviations, -20 to 20. Or messages, with their own mode.
            mode: "relative", from where the image is, or "absolute", from the mean of W.
            picture: form, mark and resolution.

        Example:
            >>> client.edit(7, [(0, 2.0), (3, -1.5, 0, 6)]).save("edited.png")
        """
        request = pca_editing_pb2.EditComponentsRequest(
            latent=messages.latent(latent),
            edits=[messages.component_edit(edit, mode) for edit in edits],
            format=messages.image_format(picture),
        )
        return Image(self._transport.unary("EditComponents", request).image)

    def sweep(
        self,
        latent: LatentLike,
        component: int | str,
        *,
        sigmas: tuple[float | None, float | None] = (None, None),
        steps: int = DEFAULT_SWEEP_STEPS,
        layers: tuple[int, int] | None = None,
        mode: str = "relative",
        picture: Picture = PICTURE,
    ) -> Iterator[SweepStep]:
        """A strip: the same latent at equal steps along one component.

        Args:
            latent: what to move.
            component: index or curated name.
            sigmas: first and last displacement in standard deviations, -20 to 20; None: where a curated direction is
                useful, or -3 and 3.
            steps: images, both ends included, 2 to 64.
            layers: (layer_start, layer_end), the end excluded; None: the curated range, or all.
            mode: "relative", from where the image is, or "absolute", from the mean of W.
            picture: form, mark and resolution.
        """
        request = pca_editing_pb2.SweepComponentRequest(
            latent=messages.latent(latent),
            edit=messages.component_edit((component, 0.0) if layers is None else (component, 0.0, *layers), mode),
            sigmas_start=sigmas[0],
            sigmas_end=sigmas[1],
            steps=steps,
            format=messages.image_format(picture),
        )
        for response in self._transport.stream("SweepComponent", request):
            yield SweepStep(response.sigmas, Image(response.image))

    def reach(
        self, latent: LatentLike, edits: Sequence[ComponentEditLike] = (), *, mode: str = "relative"
    ) -> pca_editing_pb2.CheckReachResponse:
        """How far from what the model has learnt an image is (`reach`: above 1 outside), or would be with further
        edits, and how far it may still be moved along every direction and component. Renders nothing.

        Args:
            latent: the image; not an interpolation of styles.
            edits, mode: as of `edit`, but up to 64; they are not made.
        """
        request = pca_editing_pb2.CheckReachRequest(
            latent=messages.latent(latent), edits=[messages.component_edit(edit, mode) for edit in edits]
        )
        return self._transport.unary("CheckReach", request)

    def list_regions(self) -> style_transfer_pb2.ListRegionsResponse:
        """The semantic regions, the size of their grid, the names of the style layers, and the default epsilons."""
        return self._transport.unary("ListRegions", style_transfer_pb2.ListRegionsRequest())

    def transfer(
        self,
        target: LatentLike,
        reference: LatentLike,
        regions: int | str | Sequence[int | str],
        *,
        budget: Budget = BUDGET,
        picture: Picture = PICTURE,
    ) -> Transfer:
        """The target with the style of regions taken from the reference.

        Args:
            target: the image that changes.
            reference: the image that gives its style.
            regions: one or several indices or curated names.
            budget: how much goes over.
            picture: form, mark and resolution.

        Example:
            >>> image, channels_moved = client.transfer(7, 12, [2], budget=Budget(epsilon=80))
        """
        request = style_transfer_pb2.TransferStyleRequest(
            target=messages.latent(target, "target"),
            reference=messages.latent(reference, "reference"),
            regions=messages.regions(regions),
            rho=budget.rho,
            epsilon=budget.epsilon,
            layer_epsilons=messages.layer_epsilons(budget.layer_epsilons or {}),
            strength=budget.strength,
            format=messages.image_format(picture),
        )
        response = self._transport.unary("TransferStyle", request)
        return Transfer(Image(response.image), response.channels_moved)

    def transfer_within(
        self,
        target: LatentLike,
        reference: LatentLike,
        within: Within,
        *,
        strength: float | None = None,
        picture: Picture = PICTURE,
    ) -> Transfer:
        """The target with the reference's style within a mask; outside, next to nothing changes.

        Args:
            target: the image that changes.
            reference: the image that gives its style.
            within: a mask, or what one is made of.
            strength: 0 (unchanged) to 1 (the reference's); None: the server's default, 1.
            picture: form, mark and resolution.

        Example:
            >>> image, _ = client.transfer_within(7, 12, Within(regions=["retro-areolar"]))
        """
        if within.mask is not None and len(within.polygon):  # the message holds one of them
            raise InvalidArgument("polygon", f"{len(within.polygon)} corners", "none beside a mask, which says where")
        request = style_transfer_pb2.TransferStyleRequest(
            target=messages.latent(target, "target"),
            reference=messages.latent(reference, "reference"),
            regions=messages.regions(within.regions),
            strength=strength,
            format=messages.image_format(picture),
            locality=LOCALITY_MASKED,
            feather=within.feather,
        )
        if within.mask is not None:
            request.mask_png = messages.mask_png(within.mask)
        if len(within.polygon):
            request.polygon.CopyFrom(messages.polygon(within.polygon))
        response = self._transport.unary("TransferStyle", request)
        return Transfer(Image(response.image), response.channels_moved)

    def segment(self, latent: LatentLike) -> Segmentation:
        """The label map of an image."""
        request = style_transfer_pb2.SegmentRegionsRequest(latent=messages.latent(latent))
        response = self._transport.unary("SegmentRegions", request)
        labels = np.frombuffer(response.labels, np.uint8).reshape(response.grid_size, response.grid_size)
        return Segmentation(labels, response.label_map_png, response.recipe, response.latent_id)
