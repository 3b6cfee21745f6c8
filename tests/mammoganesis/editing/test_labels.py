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
