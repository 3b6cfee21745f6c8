"""16x16 with eight channels: seconds on a CPU, for tests and for trying the commands.

mammoganesis-training train --config tiny --data DATASET --out RUN --device cpu
"""

from training.networks.generator import GeneratorConfig
from training.options import TrainingOptions

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
