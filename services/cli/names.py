"""Names that a person types, as the model writes them: any capitals will do, and what is misspelt is suggested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import click

from mammoganesis.recipe.limits import MAX_SIGMAS
from mammoganesis.terminal.labels import as_listed, labels_as_listed
from services.client.messages import drawn_labels, region_names

if TYPE_CHECKING:
    from mammoganesis.v1.model_pb2 import LabelField
    from mammoganesis.v1.pca_editing_pb2 import Direction
    from services.client import Client, Sampling
    from services.client.messages import ComponentEditLike, LatentLike


class Names:
    """The directions, regions and labels of a client's model, each asked for when it is needed."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @cached_property
    def _directions(self) -> Mapping[str, Direction]:
        return {direction.name: direction for direction in self._client.list_directions()}

    @cached_property
    def _region_names(self) -> Sequence[str]:
        return list(region_names(self._client.list_regions().regions).indices)

    def component(self, given: int | str, field: str) -> int | str:
        """A component by index, or a direction by its name; `field` is what a message calls it."""
        if isinstance(given, int):
            return given
        return as_listed(given, self._directions, field, "or a component index")

    def direction(self, given: str, field: str) -> str:
        """A curated direction by its name alone; `field` is what a message calls it."""
        return as_listed(given, self._directions, field, "")

    def regions(self, given: Sequence[int | str]) -> list[int | str]:
        """Regions by index or name."""
        return [
            region
            if isinstance(region, int)
            else as_listed(region, self._region_names, f"regions[{place}].name", "or a region index")
            for place, region in enumerate(given)
        ]

    def labels(self, given: Mapping[str, str] | None) -> Mapping[str, str] | None:
        """Labels of a conditional model."""
        if not given:
            return given
        fields: Sequence[LabelField] = self._client.model().label_fields
        return labels_as_listed(given, {field.name: list(field.values) for field in fields})

    def drawn(self, seed: int, sampling: Sampling) -> Mapping[str, str] | None:
        """The labels of a seed's image: those given, as the model writes them, and those to be drawn."""
        known = replace(sampling, labels=self.labels(sampling.labels))
        return drawn_labels(seed, known, self._client.model()) if known.labels_drawn else known.labels

    def useful(self, component: int | str) -> tuple[float, float] | None:
        """The range in which a direction was found useful, standard deviations; None for a bare component."""
        direction = self._directions.get(component) if isinstance(component, str) else None
        return None if direction is None else (direction.sigmas_start, direction.sigmas_end)

    def called(self, component: int | str) -> str:
        """For people: a component by number with the direction that lies along it, such as "component 0 (density,
        reversed)"."""
        if isinstance(component, str):
            return component
        along = [f"{d.name}{', reversed' * d.reversed}" for d in self._along(component)]
        return f"component {component}" + (f" ({'; '.join(along)})" if along else "")

    def warn_outside(self, component: int | str, sigmas: Sequence[float]) -> None:
        """A line on stderr for displacements outside the useful range, of a component by number that of the direction
        along it; they are drawn all the same. What is not allowed at all is the server's to refuse."""
        sigmas = [value for value in sigmas if abs(value) <= MAX_SIGMAS]
        ranges = [self.useful(component)] if isinstance(component, str) else map(_of_component, self._along(component))
        for useful in filter(None, ranges):
            if outside := [value for value in sigmas if not useful[0] <= value <= useful[1]]:
                values = ", ".join(f"{value:+g}" for value in outside)
                click.echo(
                    f"warning: {self.called(component)}: {values} is outside the useful range, {useful[0]:g} to "
                    f"{useful[1]:g}",
                    err=True,
                )

    def warn_beyond(
        self, what: str, latent: LatentLike, edits: Sequence[ComponentEditLike] = (), mode: str = "relative"
    ) -> None:
        """A line on stderr for an image, `what` for people, whose edits, with `edits` added, lead out of what the model
        has learnt; it is drawn all the same."""
        reach = self._client.reach(latent, edits, mode=mode).reach
        if reach > 1:
            click.echo(
                f"warning: {what}: {reach:.2f} times as far from the mean image as 99% of the model's own images; it "
                "may look unlike a mammogram",
                err=True,
            )

    def _along(self, component: int) -> list[Direction]:
        """Directions along this component and no other."""
        return [item for item in self._directions.values() if item.index == component and not item.further]


def _of_component(direction: Direction) -> tuple[float, float]:
    """A direction's useful range in displacements of its component."""
    start, end = direction.sigmas_start, direction.sigmas_end
    return (-end, -start) if direction.reversed else (start, end)
