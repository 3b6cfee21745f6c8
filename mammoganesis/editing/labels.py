"""Labels of images (view, density, ...) as the vector c that conditions a generator.

A field has a name and a fixed list of values; c is the fields' one-hot vectors in a row. A field whose value is not
known is all zeros, so networks also learn, and can draw, images of which nothing is asked.

What stands for the model as a whole (means, components, regions, metrics) is drawn with labels as often as the training
images have them: `LabelMixture`.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mammoganesis.errors import InvalidArgument

Fields = Mapping[str, Sequence[str]]  # name -> values, in the order of c
Counts = tuple[tuple[tuple[str, ...], int], ...]  # values in the order of the fields, empty for not known; images

MOST_COMBINATIONS = 4096  # of labels in one mixture; of more the most frequent ones count
GOLDEN = 2654435769  # 2^32 divided by the golden ratio


def c_dim(fields: Fields) -> int:
    """Length of c; 0 without labels."""
    return sum(len(values) for values in fields.values())


def c_from_labels(labels: Mapping[str, str], fields: Fields) -> NDArray[np.float32]:
    """c of one image, [1, c_dim] float32, zeros and ones.

    Args:
        labels: value by field name; fields that are missing or empty are not known, names that the network does not
            know are ignored.
        fields: what the network knows.

    Raises:
        InvalidArgument: a value that the field does not have.
    """
    for name, values in fields.items():
        if labels.get(name) and labels[name] not in values:
            raise InvalidArgument(f"labels.{name}", labels[name], f"{', '.join(values)}, or nothing")
    ones = [float(labels.get(name) == value) for name, values in fields.items() for value in values]
    return np.array([ones], dtype=np.float32)


def labels_from_c(c: NDArray[np.float32], fields: Fields) -> dict[str, str]:
    """The labels that c [c_dim] of one image holds: the inverse of `c_from_labels`."""
    labels, start = {}, 0
    for name, values in fields.items():
        found = np.flatnonzero(c[start : start + len(values)])
        if len(found):
            labels[name] = values[found[0]]
        start += len(values)
    return labels


def known_labels(fields: Iterable[str], values: Sequence[str]) -> dict[str, str]:
    """The values, one of each field, by name; empty ones are not known and left out."""
    return {name: value for name, value in zip(fields, values, strict=True) if value}


def c_of_images(images: Iterable[Mapping[str, str]], fields: Fields) -> NDArray[np.float32]:
    """c of several images, [N, c_dim] float32; see `c_from_labels`."""
    return np.concatenate([np.zeros((0, c_dim(fields)), np.float32), *(c_from_labels(i, fields) for i in images)])


def c_in_turn(fields: Fields, count: int) -> NDArray[np.float32]:
    """c of a sheet of samples: every field runs through its values, the last one fastest, over and over.

    Returns:
        [count, c_dim] float32.
    """
    rows = np.zeros((count, c_dim(fields)), np.float32)
    start, step = c_dim(fields), 1
    for values in reversed(list(fields.values())):
        start -= len(values)
        rows[np.arange(count), start + np.arange(count) // step % len(values)] = 1.0
        step *= len(values)
    return rows


@dataclass(frozen=True)
class LabelMixture:
    """Which labels images have together, and how often.

    An image's share of the seeds follows the counts: `seed * GOLDEN mod 2^32` is spread evenly over any run of seeds
    (Weyl), so even short runs hold the labels in the right shares, and a seed has the same labels in every run.
    """

    fields: Fields
    counts: Counts

    @classmethod
    def of_images(cls, images: Iterable[Mapping[str, str]], fields: Fields) -> LabelMixture:
        """That of images whose labels are given by field name; what is missing is not known."""
        found = Counter(tuple(image.get(name, "") for name in fields) for image in images)
        return cls(fields, tuple(sorted(found.most_common(MOST_COMBINATIONS))))

    @classmethod
    def asked(cls, labels: Mapping[str, str], fields: Fields) -> LabelMixture:
        """These labels alone, for every image."""
        return cls.of_images([labels], fields)

    @classmethod
    def equal(cls, fields: Fields) -> LabelMixture:
        """Every combination of values once; where there are too many, every value of a field as often as the others."""
        values = list(fields.values())
        if math.prod(map(len, values)) <= MOST_COMBINATIONS:
            return cls(fields, tuple((row, 1) for row in itertools.product(*values)))
        random = np.random.default_rng(0)
        columns = [random.permutation(np.resize(column, MOST_COMBINATIONS)).tolist() for column in values]
        return cls.of_images((dict(zip(fields, row, strict=True)) for row in zip(*columns, strict=True)), fields)

    def within(self, given: Mapping[str, str]) -> LabelMixture:
        """The part that has the labels given, value by field, of those that the fields have; these alone where no image
        of it has them."""
        names = list(self.fields)
        places = [(names.index(name), value) for name, value in given.items()]
        counts = tuple((row, n) for row, n in self.counts if all(row[place] == value for place, value in places))
        return LabelMixture(self.fields, counts) if counts else LabelMixture.asked(given, self.fields)

    @cached_property
    def c(self) -> NDArray[np.float32]:
        """[K, c_dim] of the K combinations."""
        return c_of_images((self._labels(index) for index in range(len(self.counts))), self.fields)

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """[K], sum 1."""
        counts = np.array([count for _, count in self.counts], np.float64)
        return counts / counts.sum()

    def indices(self, seeds: Iterable[int]) -> NDArray[np.intp]:
        """Which of the K combinations the images of seeds have. [N], 0 to K - 1."""
        spread = np.array([seed * GOLDEN % 2**32 for seed in seeds], np.float64) / 2**32
        found = np.searchsorted(np.cumsum(self.shares), spread, side="right")
        return np.minimum(found, len(self.counts) - 1)

    def c_of_seeds(self, seeds: Iterable[int]) -> NDArray[np.float32]:
        """c of the images of seeds, [N, c_dim] float32."""
        return self.c[self.indices(seeds)]

    def labels_of_seed(self, seed: int) -> dict[str, str]:
        """The known labels of one seed's image, by field name."""
        return self._labels(int(self.indices([seed])[0]))

    def describe(self) -> str:
        """The share of every value, such as "view: CC 65%, MLO 35%; density: A 20%, B 50%, not known 30%"."""
        parts = []
        for column, (name, values) in enumerate(self.fields.items()):
            having = {value: sum(n for row, n in self.counts if row[column] == value) for value in (*values, "")}
            total = sum(having.values())
            shares = [f"{value or 'not known'} {n / total:.0%}" for value, n in having.items() if n or value]
            parts.append(f"{name}: {', '.join(shares)}")
        return "; ".join(parts)

    def _labels(self, index: int) -> dict[str, str]:
        return known_labels(self.fields, self.counts[index][0])
