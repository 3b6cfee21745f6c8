"""256x256, half width, with adaptive augmentation: a first look at a new data set.

    mammoganesis-training train --config mammo256 --data DATASET --out RUN

Hardware: one GPU with 12 GB or more. Speed on a GPU: not measured; NVIDIA's reference takes 22 s per kimg on a V100.
Expect recognisable breasts after 100 to 300 kimg.
"""

from training.networks.generator import GeneratorConfig
from training.options import TrainingOptions

OPTIONS = TrainingOptions(
    generator=GeneratorConfig(resolution=256, channel_base=16384),
    batch=16,
    kimg=3_000,
    r1_gamma=0.8,
    ema_kimg=10.0,
)
