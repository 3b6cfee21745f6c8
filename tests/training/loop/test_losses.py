"""The losses equal their formulas, written out naively."""

from __future__ import annotations

import math

import torch

from training.loop import losses
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
    penalty = losses.gradient_penalty(lambda x: (scale * x.square()).sum(dim=(1, 2, 3)).view(-1, 1), images)
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


def test_path_length_penalty() -> None:
    penalty = losses.path_length_penalty(torch.tensor([1.0, 3.0]), torch.tensor(0.02))
    assert math.isclose(float(penalty), ((1 - 0.02) ** 2 + (3 - 0.02) ** 2) / 2, rel_tol=1e-6)


def test_path_noise_has_the_deviation_of_the_paper() -> None:
    noise = losses.path_noise(torch.zeros(64, 1, 32, 32))
    assert math.isclose(float(noise.std()) * 32, 1.0, rel_tol=0.02)


CPU = torch.device("cpu")


def test_style_mixing() -> None:
    torch.manual_seed(2)
    generator = Generator(GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=2, resolution=16, channel_base=64))
    num_ws = generator.config.num_ws
    cutoffs = set()
    for _ in range(40):
        codes = losses.draw_codes(generator, 3, CPU, 1.0, None)
        w = generator.mapping(codes.z)
        ws, mean = losses.mixed_ws(generator, codes)
        torch.testing.assert_close(mean, w.mean(dim=0))  # the second code does not move the mean
        same = (ws == w[:, None]).all(dim=2)
        assert (same == same[:1]).all()  # one cut-off for the batch
        count = int(same[0].sum())
        assert same[0, :count].all()
        cutoffs.add(count)
    assert cutoffs == set(range(1, num_ws))
    codes = losses.draw_codes(generator, 3, CPU, 0.0, None)
    assert torch.equal(losses.mixed_ws(generator, codes)[0], generator.broadcast(generator.mapping(codes.z)))


def test_both_codes_of_an_image_have_its_labels() -> None:
    config = GeneratorConfig(
        z_dim=8, w_dim=8, num_mapping_layers=2, resolution=16, channel_base=64, label_fields=(("view", ("CC", "MLO")),)
    )
    generator, c = Generator(config), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    codes = losses.draw_codes(generator, 2, CPU, 1.0, c)._replace(cutoff=torch.tensor(2))
    ws, _ = losses.mixed_ws(generator, codes)
    assert codes.other is not None
    torch.testing.assert_close(ws[:, 0], generator.mapping(codes.z, c))
    torch.testing.assert_close(ws[:, 2], generator.mapping(codes.other, c))
    assert not torch.allclose(ws[:, 2], generator.mapping(codes.other))


def test_relativistic_losses() -> None:
    """R3GAN's, written with the sigmoid; a common shift of the logits changes nothing."""
    real, fake = LOGITS, torch.tensor([[1.0], [0.0], [-2.0]])
    won = 1 / (1 + torch.exp(-(real - fake)))
    torch.testing.assert_close(losses.relativistic_loss(real, fake), -won.log().mean())
    torch.testing.assert_close(losses.relativistic_loss(fake, real), -(1 - won).log().mean())
    torch.testing.assert_close(losses.relativistic_loss(real + 7, fake + 7), losses.relativistic_loss(real, fake))


def test_sign_statistic() -> None:
    fake = torch.tensor([[1.0], [0.0], [-2.0]])
    assert math.isclose(float(losses.real_sign(LOGITS)), 1 / 3, rel_tol=1e-6)  # -, +, +
    assert math.isclose(float(losses.real_sign(LOGITS, fake)), 1 / 3, rel_tol=1e-6)  # -2 < 1, 0.5 > 0, 3 > -2
    shifted = losses.real_sign(LOGITS - 9, fake - 9)
    assert float(shifted) == float(losses.real_sign(LOGITS, fake))
    assert float(losses.real_sign(LOGITS - 9)) == -1
