"""The paper's run: config-F at 512x512 on 100,000 and more mammograms, without augmentation.

    mammoganesis-training train --config paper512 --data DATASET --out RUN

Hardware: one GPU with 40 GB or more. NVIDIA's reference took 41 s per kimg on one A100 at these sizes, so 10,000 kimg
take about 5 days; on a V100 about 9 days. Memory and speed of this code on a GPU: not measured.
Expect recognisable breasts after some 200 kimg and little visible gain after 5,000.
The paper states neither gamma nor the batch; those here are the defaults of the code that it used.
"""

from training.networks.generator import GeneratorConfig
from training.options import TrainingOptions

OPTIONS = TrainingOptions(
    generator=GeneratorConfig(resolution=512),
    batch=32,
    kimg=10_000,
    generator_learning_rate=0.002,
    discriminator_learning_rate=0.002,
    r1_gamma=10.0,
    ada_target=None,
    precision="float32",
)
