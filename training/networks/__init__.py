"""StyleGAN2 config-F in PyTorch, with constant convolution weights and state names of NVIDIA's reference.

Shape suffixes used in this package: N batch, C channels, H and W image size, L = num_ws, D = w_dim.
Images are float32 [N, C, H, W] in about [-1, 1]; -1 is black.
"""

from training.networks.discriminator import Discriminator, DiscriminatorConfig
from training.networks.generator import Generator
from training.networks.generator_config import GeneratorConfig
from training.networks.mapping import Mapping

__all__ = ["Discriminator", "DiscriminatorConfig", "Generator", "GeneratorConfig", "Mapping"]
