"""A grown discriminator judges as the old one judges the downsampled image."""

import pytest
import torch

from training.loop import growth
from training.networks import Discriminator, DiscriminatorConfig, fir


def grown(image_channels: int, channels: int) -> tuple[Discriminator, Discriminator]:
    """An old discriminator of 16x16 with spread-out weights, and one of 32x32 grown from it."""
    torch.manual_seed(0)
    sizes = {"image_channels": image_channels, "channel_base": channels * 32, "channel_max": channels}
    old = Discriminator(DiscriminatorConfig(resolution=16, **sizes))
    with torch.no_grad():
        for parameter in old.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    new = Discriminator(DiscriminatorConfig(resolution=32, **sizes))
    state = new.state_dict()
    state.update({name: value for name, value in old.state_dict().items() if name in state})
    new.load_state_dict(state)
    return old, new


def test_a_grown_discriminator_equals_the_old_one_on_smooth_images() -> None:
    old, new = grown(image_channels=1, channels=32)
    # Smooth enough that filtering and the hinge functions nearly commute, as for a mammogram.
    images = torch.nn.functional.interpolate(torch.randn(8, 1, 4, 4).clamp(-1, 1), 32, mode="bicubic").clamp(-1, 1)
    with torch.no_grad():
        before = new(images)
        error = growth.grow(new, old)
        expected, after = old(fir.downsample(images, fir.filter_kernel())), new(images)
    assert error < 0.02
    spread = expected.std()
    assert (after - expected).abs().max() < 0.2 * spread
    assert (before - expected).abs().max() > 0.5 * spread  # the random block was blind


def test_growing_reports_what_it_cannot_rebuild() -> None:
    old, new = grown(image_channels=3, channels=8)
    assert growth.grow(new, old) > 0.05  # 7 hinges cannot stand for 8 others in three colours


@pytest.mark.parametrize("name", ["conv0", "skip"])
def test_all_of_the_new_block_can_learn(name: str) -> None:
    old, new = grown(image_channels=1, channels=16)
    growth.grow(new, old)
    optimizer = torch.optim.SGD(new.parameters(), lr=1e-3)
    images = torch.randn(4, 1, 32, 32)
    for _ in range(2):  # conv1 starts at zero, so conv0 gets its first gradient in the second step
        optimizer.zero_grad()
        new(images).square().mean().backward()
        gradient = new.get_submodule(f"b32.{name}").weight.grad
        optimizer.step()
    assert gradient is not None
    assert gradient.abs().max() > 0
