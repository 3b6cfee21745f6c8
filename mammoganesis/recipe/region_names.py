"""What the regions of a bundle are called: the same place has another name in another view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RegionNames:
    """Curated names. A name belongs to one region; a region may have one for each value of a label beside its own."""

    plain: Mapping[int, str] = field(default_factory=dict)  # of regions by index, whatever the labels
    labelled: Mapping[tuple[int, str, str], str] = field(default_factory=dict)  # (index, field, value) -> name

    @property
    def indices(self) -> dict[str, int]:
        """Every name -> the index of its region."""
        named = {name: index for index, name in self.plain.items()}
        return named | {name: index for (index, _, _), name in self.labelled.items()}

    def of(self, index: int, labels: Mapping[str, str]) -> str:
        """What a region is called in an image with these labels; "" for a region without a name.

        Args:
            index: of the region.
            labels: label field -> value, of the image; the first field by name counts for which the region has one.
        """
        for name in sorted(labels):
            if found := self.labelled.get((index, name, labels[name])):
                return found
        return self.plain.get(index, "")
