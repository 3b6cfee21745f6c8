"""Labels as the vector that conditions a generator."""

import numpy as np
import pytest

from mammoganesis.editing import labels
from mammoganesis.errors import InvalidArgument

FIELDS = {"view": ("CC", "MLO"), "density": ("A", "B", "C")}


def test_labels_are_one_hot_vectors_in_the_order_of_the_fields():
    fields = {"view": ("CC", "MLO"), "density": ("A", "B", "C", "D")}
    c = labels.c_from_labels({"density": "C", "view": "CC"}, fields)
    assert c.dtype == np.float32
    assert c.tolist() == [[1, 0, 0, 0, 1, 0]]
    assert labels.c_from_labels({"density": "A"}, fields).tolist() == [[0, 0, 1, 0, 0, 0]]
    assert labels.c_from_labels({}, fields).tolist() == [[0] * 6]
    assert labels.c_from_labels({}, {}).shape == (1, 0)


def test_what_is_empty_or_unknown_to_the_network_is_zeros():
    assert labels.c_dim(FIELDS) == 5
    assert labels.c_from_labels({"view": "MLO", "density": "A"}, FIELDS).tolist() == [[0, 1, 1, 0, 0]]
    assert labels.c_from_labels({"view": "", "density": "C", "age": "50"}, FIELDS).tolist() == [[0, 0, 0, 0, 1]]
    assert labels.c_from_labels({"view": "CC"}, {}).shape == (1, 0)
    with pytest.raises(InvalidArgument, match=r"labels.view: 'XX' is not allowed; allowed: CC, MLO, or nothing"):
        labels.c_from_labels({"view": "XX"}, FIELDS)


def test_several_images_are_the_single_ones_in_rows():
    images = [{"view": "MLO"}, {}, {"density": "B", "view": "CC"}]
    rows = labels.c_of_images(images, FIELDS)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, [labels.c_from_labels(image, FIELDS)[0] for image in images])
    assert labels.c_of_images([], FIELDS).shape == (0, 5)
    assert labels.c_of_images(images, {}).shape == (3, 0)


def test_a_sheet_runs_through_all_values():
    rows = labels.c_in_turn(FIELDS, 12)
    assert rows.sum(axis=1).tolist() == [2.0] * 12
    assert len({row.tobytes() for row in rows[:6]}) == 6
    assert np.array_equal(rows[6:], rows[:6])
    assert rows[1].tolist() == [1, 0, 0, 1, 0]  # the last field runs fastest


def test_the_mixture_is_drawn_in_the_shares_of_the_images():
    images = [{"view": "CC"}] * 5 + [{"view": "MLO", "density": "B"}] * 3 + [{}] * 2 + [{"view": "MLO", "density": ""}]
    mixture = labels.LabelMixture.of_images(images, FIELDS)
    assert mixture.counts == ((("", ""), 2), (("CC", ""), 5), (("MLO", ""), 1), (("MLO", "B"), 3))
    assert mixture.c.tolist() == [[0] * 5, [1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 1, 0, 1, 0]]
    assert mixture.describe() == "view: CC 45%, MLO 36%, not known 18%; density: A 0%, B 27%, C 0%, not known 73%"
    for first, count in ((0, 110), (2**32 - 1100, 1100), (123, 11000)):
        c = mixture.c_of_seeds(range(first, first + count))
        expected = labels.c_of_images(images, FIELDS).mean(axis=0)
        np.testing.assert_allclose(c.mean(axis=0), expected, atol=3 / count)  # closer than chance by far
    assert [labels.c_from_labels(mixture.labels_of_seed(s), FIELDS)[0].tolist() for s in (7, 123456)] == (
        mixture.c_of_seeds([7, 123456]).tolist()
    )
    assert np.array_equal(mixture.c_of_seeds(range(50))[30:], mixture.c_of_seeds(range(30, 50)))


def test_without_frequencies_every_value_is_as_frequent():
    equal = labels.LabelMixture.equal(FIELDS)
    assert (len(equal.counts), equal.c.shape, equal.c.sum(axis=0).tolist()) == (6, (6, 5), [3, 3, 2, 2, 2])
    assert labels.LabelMixture.equal({}).c_of_seeds([1, 2]).shape == (2, 0)
    many = {f"field_{n}": tuple(map(str, range(16))) for n in range(8)}
    large = labels.LabelMixture.equal(many)
    np.testing.assert_allclose(large.shares @ large.c, np.full(128, 1 / 16), atol=1e-12)


def test_labels_that_are_given_leave_a_part_of_the_mixture():
    images = [{"view": "CC"}] * 5 + [{"view": "MLO", "density": "B"}] * 3 + [{"view": "MLO"}] * 2
    mixture = labels.LabelMixture.of_images(images, FIELDS)
    assert mixture.within({}) == mixture
    assert mixture.within({"view": "MLO"}).counts == ((("MLO", ""), 2), (("MLO", "B"), 3))
    assert mixture.within({"density": "B"}).labels_of_seed(1) == {"view": "MLO", "density": "B"}
    assert mixture.within({"view": "CC", "density": "B"}).counts == ((("CC", "B"), 1),)  # no image has both
    assert labels.LabelMixture.equal({}).within({}).labels_of_seed(1) == {}
