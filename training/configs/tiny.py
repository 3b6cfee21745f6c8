"""16x16 with eight channels: seconds on a CPU, for tests and for trying the commands.

    mammoganesis-training prepare tests/data/msynth --out data16 --resolution 16 --test-fraction 0
    mammoganesis-training train --config tiny --data data16 --out RUN --device cpu --threads 1

Any CPU: one kimg is 250 steps of four images, under a minute on one core. Expect grey blobs.
"""

from training.configs.options import TrainingOptions
from training.networks.generator_config import GeneratorConfig

OPTIONS = TrainingOptions(
    generator=GeneratorConfig(
        z_dim=16, w_dim=16, num_mapping_layers=2, resolution=16, channel_base=128, channel_max=16
    ),
    batch=4,
    mbstd_group=2,
    kimg=1,
    r1_gamma=0.1,
    ema_kimg=1.0,
    ada_kimg=1.0,
    kimg_per_tick=0.2,
    snapshot_ticks=5,
    precision="float32",
)
