"""512x512 with adaptive augmentation, for sets of some thousand to some ten thousand mammograms.

    mammoganesis-training train --config mammo512 --data DATASET --out RUN

Hardware: one GPU with 24 GB or more. By NVIDIA's published figures for half the width about 30 s per kimg on a V100;
of this code on a GPU: not measured. Expect recognisable breasts after 200 to 500 kimg.
"""

from training.networks.generator import GeneratorConfig
from training.options import TrainingOptions

OPTIONS = TrainingOptions(
    generator=GeneratorConfig(resolution=512, channel_base=16384),
    batch=16,
    kimg=5_000,
    r1_gamma=3.3,
    ema_kimg=10.0,
)
