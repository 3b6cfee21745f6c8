"""The losses equal their formulas, written out naively."""

from __future__ import annotations

import math

import torch

from training import losses
from training.networks import Generator, GeneratorConfig

LOGITS = torch.tensor([[-2.0], [0.5], [3.0]])


def test_logistic_losses() -> None:
    probability = 1 / (1 + torch.exp(-LOGITS))
    torch.testing.assert_close(losses.generator_loss(LOGITS), -probability.log().mean())
    torch.testing.assert_close(losses.discriminator_loss_real(LOGITS), -probability.log().mean())
    torch.testing.assert_close(losses.discriminator_loss_fake(LOGITS), -(1 - probability).log().mean())


def test_r1_of_a_quadratic_discriminator() -> None:
    images = torch.randn(3, 1, 4, 4)
    scale = torch.tensor(1.5, requires_grad=True)
    penalty = losses.r1_penalty(lambda x: (scale * x.square()).sum(dim=(1, 2, 3)).view(-1, 1), images)
    expected = (2 * 1.5 * images).square().sum(dim=(1, 2, 3)).mean()
    torch.testing.assert_close(penalty.detach(), expected)
    (gradient,) = torch.autograd.grad(penalty, scale)
    torch.testing.assert_close(gradient, expected * 2 / 1.5)


def test_path_lengths_of_a_linear_generator() -> None:
    torch.manual_seed(1)
    matrix = torch.randn(16, 6)  # image = matrix @ (ws[0] + 2 ws[1])
    ws = torch.randn(2, 2, 6, requires_grad=True)
    images = ((ws[:, 0] + 2 * ws[:, 1]) @ matrix.t()).view(2, 1, 4, 4)
    noise = torch.randn(2, 1, 4, 4) / 4
    lengths = losses.path_lengths(images, ws, noise)
    for n in range(2):
        gradient = matrix.t() @ noise[n].flatten()
        squares = [float(gradient.square().sum()), float((2 * gradient).square().sum())]
        assert math.isclose(float(lengths[n]), math.sqrt(sum(squares) / 2), rel_tol=1e-5)


def test_path_length_penalty_follows_the_running_mean() -> None:
    lengths = torch.tensor([1.0, 3.0])
    penalty, mean = losses.path_length_penalty(lengths, torch.tensor(0.0), 0.01)
    assert math.isclose(float(mean), 0.02, rel_tol=1e-6)
    assert math.isclose(float(penalty), ((1 - 0.02) ** 2 + (3 - 0.02) ** 2) / 2, rel_tol=1e-6)


def test_path_noise_has_the_deviation_of_the_paper() -> None:
    noise = losses.path_noise(torch.zeros(64, 1, 32, 32))
    assert math.isclose(float(noise.std()) * 32, 1.0, rel_tol=0.02)


def test_style_mixing() -> None:
    torch.manual_seed(2)
    generator = Generator(GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=2, resolution=16, channel_base=64))
    z = torch.randn(3, 8)
    w = generator.mapping(z)
    num_ws = generator.config.num_ws
    cutoffs = set()
    for _ in range(40):
        ws = losses.mixed_ws(generator, z, 1.0, update_w_avg=False)
        same = (ws == w[:, None]).all(dim=2)
        assert (same == same[:1]).all()  # one cut-off for the batch
        count = int(same[0].sum())
        assert same[0, :count].all()
        cutoffs.add(count)
    assert cutoffs == set(range(1, num_ws))
    assert torch.equal(losses.mixed_ws(generator, z, 0.0, update_w_avg=False), generator.broadcast(w))


def test_only_the_first_code_moves_the_mean() -> None:
    torch.manual_seed(4)
    generator = Generator(GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=2, resolution=16, channel_base=64))
    z = torch.randn(3, 8)
    w_avg = generator.mapping.w_avg
    losses.mixed_ws(generator, z, 1.0, update_w_avg=False)
    assert torch.equal(w_avg, torch.zeros(8))
    losses.mixed_ws(generator, z, 1.0, update_w_avg=True)
    torch.testing.assert_close(w_avg, generator.mapping(z).mean(dim=0).detach() * 0.005)
