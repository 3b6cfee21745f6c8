"""256x256 at half width with adaptive augmentation: a first look at a new data set.

    mammoganesis-training train --config mammo256 --data DATASET --out RUN

Networks of 24.8 and 24.0 million parameters; 402 GFLOP per image shown. Estimates, not measured: 4 GiB of tensors, so
one GPU with 8 GB; on one A100 about 100 images/s (8 hours for 3,000 kimg). NVIDIA's code takes 22 s per kimg on a V100
at this resolution, which would be 18 hours. Expect recognisable breasts after 100 to 300 kimg.
"""

from training.configs.options import HeadOptions, TrainingOptions
from training.networks.generator_config import GeneratorConfig

OPTIONS = TrainingOptions(
    generator=GeneratorConfig(resolution=256, channel_base=16384, edge_padding=True),
    batch=16,
    kimg=3_000,
    r1_gamma=0.8,
    ema_kimg=10.0,
    heads=HeadOptions(input_size=256),
)
