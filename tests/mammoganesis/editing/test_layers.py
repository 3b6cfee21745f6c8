"""Style layers by their names."""

import pytest

from mammoganesis.editing.layers import StyleLayer, layer_slices, low_resolution_layers


def layers(*names: str, dims: tuple[int, ...] = ()) -> list[StyleLayer]:
    return [StyleLayer(name, dim, 0) for name, dim in zip(names, dims or (1,) * len(names), strict=True)]


def test_layers_know_what_their_convolution_reads():
    named = layers("b4.conv1", "b4.torgb", "b8.conv0", "b16.conv0", "b16.torgb", "b1024.conv1")
    assert [layer.input_resolution for layer in named] == [4, 4, 4, 8, 16, 1024]
    assert [layer.resolution for layer in named] == [4, 4, 8, 16, 16, 1024]
    assert [layer.is_torgb for layer in named] == [False, True, False, False, True, False]
    assert low_resolution_layers(named) == (0, 1, 2, 3)


def test_slices_stand_one_after_the_other():
    assert layer_slices(layers("b4.conv1", "b4.torgb", "b8.conv0", dims=(3, 1, 4))) == (
        slice(0, 3),
        slice(3, 4),
        slice(4, 8),
    )
    assert layer_slices([]) == ()


@pytest.mark.parametrize("name", ["conv0", "b8.conv2", "b8", "B8.conv0", "b8.conv0 ", ""])
def test_a_name_of_another_form_is_at_no_resolution(name: str):
    layer = StyleLayer(name, 1, 0)
    assert not layer.is_low_resolution
    for place in ("resolution", "input_resolution"):
        with pytest.raises(ValueError, match=r"expected a name such as b8.conv0"):
            getattr(layer, place)
