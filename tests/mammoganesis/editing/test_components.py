"""Moving one latent to several places: the same bits as the edit that is served."""

import numpy as np

from mammoganesis.editing import components
from mammoganesis.v1.latents_pb2 import EDIT_MODE_RELATIVE, ComponentEdit


def test_swept_latents_are_those_of_single_edits():
    random = np.random.default_rng(0)
    ws = random.normal(size=(6, 7)).astype(np.float32)
    rows = random.normal(size=(3, 7)).astype(np.float32)
    deviations = random.uniform(0.1, 2, 3).astype(np.float32)
    wanted = [(1, -2.7), (1, 0.0), (2, 3.0), (0, 1e-3)]
    steps = [components.displacement(rows[index], deviations[index], sigmas) for index, sigmas in wanted]
    before = ws.copy()
    found = components.swept(ws, steps, 1, 4)
    for moved, (index, sigmas) in zip(found, wanted, strict=True):
        edit = ComponentEdit(index=index, sigmas=sigmas, layer_start=1, layer_end=4, mode=EDIT_MODE_RELATIVE)
        served = components.edit(ws, rows, deviations, np.zeros(7, np.float32), [edit])
        np.testing.assert_array_equal(moved, served)
        expected = ws[1:4] + sigmas * deviations[index].astype(float) * rows[index]
        np.testing.assert_allclose(moved[1:4], expected, rtol=1e-6, atol=1e-6)
        np.testing.assert_array_equal(moved[[0, 4, 5]], ws[[0, 4, 5]])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(ws, before)
