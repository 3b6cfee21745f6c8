"""Third stage of the demo model: 256x256, begun as what `demo` was at 128x128, with twice its channels.

    mammoganesis-training prepare CDD-CESM-512 CDD-CESM-CC-1024 --out data256 --resolution 256 --test-fraction 0.15
    mammoganesis-training train --config demo256 --data data256 --out run256 --initialize-from run128 --threads 1

Measured on one core of an AMD EPYC (Zen 4), with `--projected lite0`: 3.3 images/s, 2.7 GiB; 10 kimg take 50 minutes.
The frozen network sees 256 pixels, and the generator learns slowly: docs/decisions/0042 has what either gave.
Augmentation begins where the stage before had brought it (`ada_initial`).
"""

import dataclasses

from training.configs import demo

OPTIONS = dataclasses.replace(
    demo.OPTIONS,
    generator=dataclasses.replace(demo.OPTIONS.generator, resolution=256, channel_base=4096),
    kimg=300,
    ada_initial=0.388,
    generator_learning_rate=0.0005,
    heads=dataclasses.replace(demo.OPTIONS.heads, input_size=256, blur=1.0),
)
