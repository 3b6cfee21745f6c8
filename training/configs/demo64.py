"""First stage of the demo model: 64x64, narrow, on one core of a CPU with bfloat16 instructions.

    mammoganesis-training prepare CDD-CESM-512 CDD-CESM-CC-1024 --out data64 --resolution 64 --test-fraction 0.15
    mammoganesis-training train --config demo64 --data data64 --out run64 --threads 1

Measured on one core of an AMD EPYC (Zen 5): 38 to 42 images/s, 0.6 GiB; 60 kimg take 25 minutes. One thread, because
two wait for each other as soon as anything else uses the cores. After 20 kimg outline, skin line and nipple are there,
after 60 glandular tissue and the pectoral muscle. Why this loss: docs/decisions/0011.
"""

from training.configs.options import TrainingOptions
from training.networks.generator_config import GeneratorConfig

OPTIONS = TrainingOptions(
    generator=GeneratorConfig(
        z_dim=256,
        w_dim=256,
        num_mapping_layers=4,
        resolution=64,
        channel_base=2048,
        channel_max=64,
        edge_padding=True,
    ),
    batch=16,
    kimg=60,
    loss="rpgan",
    generator_learning_rate=0.002,
    discriminator_learning_rate=0.003,
    r1_gamma=0.08,
    ema_kimg=5.0,
    ada_kimg=50.0,
    kimg_per_tick=2.0,
    snapshot_ticks=2,
)
