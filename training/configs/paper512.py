"""The paper's run: config-F at 512x512 on 100,000 and more mammograms, without augmentation.

    mammoganesis-training train --config paper512 --data DATASET --out RUN
    mammoganesis-training train --config paper512 --data DATASET --out RUN --batch-per-device 8
    torchrun --nproc-per-node 8 -m training.cli train --config paper512 --data DATASET --out RUN

Networks of 30.3 and 29.0 million parameters; 1,611 GFLOP per image shown (`--dry-run` counts them). Known from others:
the paper, 10,000 kimg in 4 days on a TPU v3 (28.9 images/s); NVIDIA's code at these sizes in float16, 41 s per kimg on
one A100, 5.2 s on eight, so 4.8 days and 15 hours; 72 s on a V100, 8.3 days.
Estimates for this code, not measured: 50 GiB of tensors for 32 images at once in float32, 16 GiB for 8 and 9 GiB for 8
in bfloat16; on one A100 about 5 images/s in float32 (24 days), 25 in bfloat16 (4.6 days).
Expect recognisable breasts after some 200 kimg and little visible gain after 5,000.
The paper states neither gamma nor batch nor learning rate; those here are the defaults of the code that it used.
bfloat16, as everywhere; `--precision float32` takes five times as long by the estimates above.
"""

from training.configs.options import TrainingOptions
from training.networks.generator_config import GeneratorConfig

OPTIONS = TrainingOptions(
    generator=GeneratorConfig(resolution=512),
    batch=32,
    kimg=10_000,
    generator_learning_rate=0.002,
    discriminator_learning_rate=0.002,
    r1_gamma=10.0,
    style_mixing=0.9,
    ada_target=None,
)
