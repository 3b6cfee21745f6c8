"""First stage of the demo model: 64x64, narrow, on one core of a CPU with bfloat16 instructions.

    mammoganesis-training prepare CDD-CESM-512 CDD-CESM-CC-1024 --out data64 --resolution 64 --test-fraction 0
    mammoganesis-training train --config demo64 --data data64 --out run64 --threads 1

Measured on one core of an AMD EPYC (Zen 5): 35 to 40 images/s, 0.5 GiB. One thread, because two wait for each other as
soon as anything else uses the cores: 47 images/s on two free cores, 5 on two busy ones. After 20 kimg (10 minutes) the
outline and the pectoral muscle are there; after that texture improves. 60 kimg take 42 minutes beside other work. From
40 kimg on loss_d is near 2 ln 2 = 1.39, which it has when the generator cancels what the discriminator has learnt.
"""

from training.networks.generator import GeneratorConfig
from training.options import TrainingOptions

OPTIONS = TrainingOptions(
    generator=GeneratorConfig(
        z_dim=256, w_dim=256, num_mapping_layers=4, resolution=64, channel_base=2048, channel_max=64
    ),
    batch=16,
    kimg=60,
    r1_gamma=0.1,
    ema_kimg=5.0,
    ada_kimg=50.0,
    kimg_per_tick=2.0,
    snapshot_ticks=5,
)
