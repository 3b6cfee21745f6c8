"""Second stage of the demo model: 128x128, its lower blocks taken from demo64.

    mammoganesis-training prepare CDD-CESM-512 CDD-CESM-CC-1024 --out data128 --resolution 128 --test-fraction 0.15
    mammoganesis-training train --config demo --data data128 --out run128 --initialize-from run64 --threads 1

Measured on one core of an AMD EPYC (Zen 5): 20 images/s, 0.9 GiB; 73 kimg take 60 to 70 minutes. KID was still falling
at 99; the third stage of the shipped model (`demo256`) begins at 104. Both networks start as what they were at 64x64
(`training.loop.growth`), so the outlines are there at once and only texture is learnt.
"""

import dataclasses

from training.configs import demo64
from training.configs.options import TrainingOptions

OPTIONS = TrainingOptions(
    generator=dataclasses.replace(demo64.OPTIONS.generator, resolution=128),
    batch=16,
    kimg=73,
    loss="rpgan",
    generator_learning_rate=0.0015,
    discriminator_learning_rate=0.0025,
    r1_gamma=0.2,
    ema_kimg=5.0,
    ema_rampup=0.1,
    ada_kimg=50.0,
    kimg_per_tick=1.0,
    snapshot_ticks=4,
)
