"""512x512 at half width with adaptive augmentation, for some thousand to some ten thousand mammograms.

    mammoganesis-training train --config mammo512 --data DATASET --out RUN
    mammoganesis-training train --config mammo512 --data DATASET --out RUN --metrics kid,frd --best-metric kid

Networks of 24.9 and 24.0 million parameters; 504 GFLOP per image shown. Estimates, not measured: 8 GiB of tensors, so
one GPU with 12 GB; on one A100 about 80 images/s (17 hours for 5,000 kimg), on a V100 in float16 some 30 (2 days).
Expect recognisable breasts after 200 to 500 kimg.
"""

from training.configs.options import HeadOptions, TrainingOptions
from training.networks.generator_config import GeneratorConfig

OPTIONS = TrainingOptions(
    generator=GeneratorConfig(resolution=512, channel_base=16384, edge_padding=True),
    batch=16,
    kimg=5_000,
    r1_gamma=3.3,
    ema_kimg=10.0,
    heads=HeadOptions(input_size=256),
)
