"""Augmentations: nothing at p = 0, never a mirror, a turn or an inversion, and differentiable twice."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from training.augment import Augment
from training.augment.warp import warp
from training.configs.options import AugmentOptions


@pytest.fixture
def augment() -> Augment:
    return Augment(AugmentOptions())


def matrix(*rows: list[float]) -> Tensor:
    return torch.tensor([rows])


def test_images_pass_unchanged_at_p_0(augment: Augment) -> None:
    images = torch.randn(4, 1, 16, 16)
    assert torch.equal(augment(images), images)


def test_images_change_at_p_1(augment: Augment) -> None:
    augment.p.fill_(1.0)
    images = torch.rand(4, 1, 16, 16) * 2 - 1
    assert ((augment(images) - images).abs().amax(dim=(1, 2, 3)) > 0.01).all()


def test_p_is_the_share_of_images_that_are_hit(augment: Augment) -> None:
    augment.p.fill_(0.25)
    maps = augment.inverse_maps(20_000, 16, 16)
    moved_scale = (maps[:, 0, 0] - 1).abs() > 1e-6  # scale, ratio or turn
    assert abs(float(moved_scale.float().mean()) - (1 - 0.75**3)) < 0.02


def test_geometry_stays_near_the_pose(augment: Augment) -> None:
    """No mirror and no turn beyond the limit: the middle of the chest wall stays, axes keep their direction."""
    augment.p.fill_(1.0)
    size = 64
    maps = augment.inverse_maps(5_000, size, size)
    linear, shift = maps[:, :, :2], maps[:, :, 2]
    assert (torch.linalg.det(linear) > 0).all()
    assert (linear[:, 0, 0] > 0.5).all()
    assert (linear[:, 1, 1] > 0.5).all()
    turn = torch.rad2deg(torch.atan2(linear[:, 0, 1], linear[:, 0, 0])).abs()
    assert 5 < float(turn.max()) <= 6.001
    anchor = torch.tensor([size - 1.0, (size - 1) / 2])
    distance = (linear @ anchor + shift - anchor).norm(dim=1)
    assert float(distance.median()) < 4.0


def test_a_turn_alone_keeps_lengths_and_angles() -> None:
    augment = Augment(AugmentOptions(translate_std=0, scale_std=0, anisotropy_std=0))
    augment.p.fill_(1.0)
    linear = augment.inverse_maps(100, 64, 64)[:, :, :2]
    torch.testing.assert_close(linear @ linear.transpose(1, 2), torch.eye(2).expand(100, 2, 2))


def test_intensity_keeps_the_order_of_grey_levels(augment: Augment) -> None:
    """No inversion: a ramp stays a rising ramp."""
    augment.p.fill_(1.0)
    ramp = torch.linspace(-1, 1, 64).view(1, 1, 1, 64).expand(2_000, 1, 1, 64)
    levels = augment._intensity(ramp)
    assert (levels.diff(dim=3) > 0).all()


def test_warp_by_whole_pixels_is_a_shift() -> None:
    x = torch.randn(1, 2, 8, 8)
    y = warp(x, matrix([1.0, 0.0, 2.0], [0.0, 1.0, -1.0]))  # output (x, y) reads input (x + 2, y - 1)
    torch.testing.assert_close(y[:, :, 1:, :-2], x[:, :, :-1, 2:])
    torch.testing.assert_close(y[:, :, 1:, -1], x[:, :, :-1, 6])  # mirror image beyond the edge


def test_warp_reproduces_a_plane_under_a_general_map() -> None:
    """A linear image under an affine map is a linear image, exactly, away from the edges."""
    size = 32
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    plane = (2.0 * columns + 3.0 * rows).float()
    m = [[1.05, 0.08, -1.3], [-0.06, 0.95, 0.7]]
    y = warp(plane[None, None], matrix(*m))
    expected = 2 * (m[0][0] * columns + m[0][1] * rows + m[0][2]) + 3 * (m[1][0] * columns + m[1][1] * rows + m[1][2])
    torch.testing.assert_close(y[0, 0, 6:-6, 6:-6], expected[6:-6, 6:-6], rtol=0, atol=2e-3)


def test_first_and_second_derivatives() -> None:
    augment = Augment(AugmentOptions())
    augment.p.fill_(1.0)
    torch.manual_seed(3)
    maps = augment.inverse_maps(1, 6, 6).double()
    x = torch.randn(1, 1, 6, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: warp(t, maps), (x,), eps=1e-4, atol=1e-3)
    assert torch.autograd.gradgradcheck(lambda t: warp(t, maps) ** 3, (x,), eps=1e-4, atol=1e-2)
