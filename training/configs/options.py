"""Everything that decides a training run, as one frozen value.

A configuration in `training/configs/` is such a value; the command line overrides single fields; a run writes the
result to `training_options.json` and every checkpoint carries it.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from mammoganesis.errors import ConfigurationError
from mammoganesis.recipe.limits import MAX_SEED
from training.configs.names import Frozen, Judge
from training.networks.discriminator import DiscriminatorConfig
from training.networks.generator_config import GeneratorConfig
from training.networks.projected import ProjectedConfig

Precision = Literal["float32", "bfloat16", "float16"]
Loss = Literal["logistic", "rpgan"]


OPTIONS = {  # field -> the option of `train` that sets it
    "batch": "--batch",
    "batch_per_device": "--batch-per-device",
    "kimg": "--kimg",
    "seed": "--seed",
    "loss": "--loss",
    "r1_gamma": "--gamma",
    "metrics": "--metrics",
    "metric_samples": "--metric-samples",
    "metric_extractor": "--metric-extractor",
    "best_metric": "--best-metric",
    "keep_checkpoints": "--keep-checkpoints",
    "precision": "--precision",
    "compile": "--compile",
    "verify_data": "--verify-data",
    "label_dropout": "--label-dropout",
    "ada_initial": "--ada-initial",
    "ema_rampup": "--ema-rampup",
    "projected": "--projected",
    "projected_start": "--projected-start",
    "generator_start": "--generator-start",
}


def option(field_name: str) -> str:
    """How a message calls a field: the option that sets it, or its own name in a configuration."""
    return OPTIONS.get(field_name, field_name)


@dataclass(frozen=True)
class AugmentOptions:
    """Sizes of the augmentations; each is applied to an image with probability p.

    There is no inversion, no mirroring and no quarter turn: in aligned mammograms those would be seen in the samples.
    """

    translate_std: float = 0.03  # standard deviation of the shift, in image sizes
    scale_std: float = 0.10  # standard deviation of log2 of the isotropic scale
    anisotropy_std: float = 0.08  # standard deviation of log2 of the height to width ratio
    rotate_max: float = 6.0  # largest turn to either side, in degrees
    brightness_std: float = 0.04  # standard deviation of the added brightness, black to white = 1
    contrast_std: float = 0.15  # standard deviation of log2 of the factor on the intensity above black
    curve_max: float = 0.4  # largest bend of the grey-level curve u + a u (1 - u), to either side


@dataclass(frozen=True)
class HeadOptions:
    """The projected discriminator: heads on a frozen network; see training.networks.projected."""

    input_size: int = 128  # height and width of the frozen network's input, pixels
    blur: float = 1.5  # standard deviation of the Gaussian low-pass before it, pixels of the image; 0: none
    width: int = 32  # channels of the head at stride 4; twice as many at every following stride
    weight: float = 0.5  # of its loss for the generator, beside that of the own discriminator
    learning_rate: float = 0.0005  # Adam

    def __post_init__(self) -> None:
        if self.input_size % 32 or not 32 <= self.input_size <= 1024:
            raise ConfigurationError(
                f"heads.input_size is {self.input_size}; it must be a multiple of 32 between 32 and 1024"
            )
        for name, low, high in (("blur", 0, 64), ("width", 1, 1024), ("weight", 0, 1e6), ("learning_rate", 0, 1)):
            if not low <= getattr(self, name) <= high:
                raise ConfigurationError(
                    f"heads.{name} is {getattr(self, name)}; it must lie between {low} and {high:g}"
                )


@dataclass(frozen=True)
class TrainingOptions:
    """One training run. Units: kimg is a thousand real images shown."""

    generator: GeneratorConfig
    batch: int = 32  # images per step, all devices together
    batch_per_device: int = 0  # images that a device has in memory at once; gradients add up to the batch; 0: all
    mbstd_group: int = 4  # images per group of the minibatch standard deviation
    kimg: float = 10_000  # length of the run, kimg
    seed: int = 0
    generator_learning_rate: float = 0.0025  # Adam, before the correction for lazy regularisation
    discriminator_learning_rate: float = 0.0025  # likewise
    loss: Loss = "logistic"  # or rpgan: fakes against reals in pairs, with R1 and R2; see training.loop.losses
    projected: Frozen = "none"  # or lite0: a projected discriminator on that frozen network, beside the own one
    projected_start: float = 0.0  # kimg after which it joins; 0: from the start
    heads: HeadOptions = field(default_factory=HeadOptions)
    generator_start: float = 0.0  # kimg after which the generator learns; until then the discriminators alone do
    r1_gamma: float = 1.6  # weight of R1 (rpgan: and of R2); 0.0002 * resolution^2 / batch is a good start
    r1_interval: int = 16  # steps between R1 (and R2) steps
    pl_weight: float = 2.0  # weight of the path-length penalty
    pl_interval: int = 4  # steps between path-length steps
    pl_batch_shrink: int = 2  # the path-length step uses batch / this
    pl_decay: float = 0.01  # step of the running mean path length
    style_mixing: float = 0.9  # probability that a step mixes two codes
    label_dropout: float = 0.1  # share of the images, field by field, whose label is withheld: "not known" is learnt
    ema_kimg: float = 10.0  # half-life of the moving average of the generator, kimg
    ema_rampup: float = 0.05  # the half-life is at most this share of the images shown so far; 0: no such limit
    ada_target: float | None = 0.6  # wanted mean sign of the logits of real images; None switches augmentation off
    ada_interval: int = 4  # steps between adjustments of the augmentation probability
    ada_kimg: float = 500.0  # kimg in which the probability can go from 0 to 1
    ada_initial: float = 0.0  # probability at the start
    ada_maximum: float = 0.8  # above about this, augmentations begin to show in the samples
    augment: AugmentOptions = field(default_factory=AugmentOptions)
    kimg_per_tick: float = 4.0  # kimg between progress lines
    snapshot_ticks: int = 25  # ticks between checkpoints; every tick has its image grids
    keep_checkpoints: int = 3  # newest checkpoints that are kept; older ones are removed
    metrics: tuple[str, ...] = ()  # measured at every checkpoint; names in training.metrics
    metric_samples: int = 1000  # images that each metric draws
    metric_extractor: Judge = "random-projection"  # what gives their features; never the network of `projected`
    best_metric: str | None = None  # a result of `metrics`, such as kid; the checkpoint best by it is never removed
    precision: Precision = "bfloat16"  # of the convolutions (float16: those of the four highest resolutions);
    # mapping, logits, statistics and updates are float32
    verify_data: bool = True  # shards of the training set are held against their digests when it is opened
    compile: bool = False  # the networks of the two main phases by torch.compile; see training.loop.compiled

    def __post_init__(self) -> None:
        object.__setattr__(self, "metrics", tuple(self.metrics))
        self._check_ranges()
        self._check_choices()
        self._check_batch()

    def _check_ranges(self) -> None:
        ranges: list[tuple[str, float, float]] = [
            ("batch", 1, 65536),
            ("batch_per_device", 0, self.batch),
            ("kimg", 0, 10**7),
            ("seed", 0, MAX_SEED),
            ("generator_learning_rate", 0, 1),
            ("discriminator_learning_rate", 0, 1),
            ("projected_start", 0, 10**7),
            ("generator_start", 0, 10**7),
            ("r1_gamma", 0, 1e6),
            ("r1_interval", 1, 10**6),
            ("pl_weight", 0, 1e6),
            ("pl_interval", 1, 10**6),
            ("pl_batch_shrink", 1, 65536),
            ("mbstd_group", 1, 65536),
            ("style_mixing", 0, 1),
            ("label_dropout", 0, 1),
            ("ema_kimg", 0, 10**6),
            ("ema_rampup", 0, 10**6),
            ("ada_interval", 1, 10**6),
            ("ada_initial", 0, 1),
            ("ada_maximum", 0, 1),
            ("kimg_per_tick", 0.001, 10**6),
            ("snapshot_ticks", 1, 10**6),
            ("keep_checkpoints", 1, 10**6),
            ("metric_samples", 2, 10**6),
        ]
        for name, low, high in ranges:
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigurationError(f"{option(name)} is {value}; it must lie between {low} and {high}")
        if self.batch < self.pl_batch_shrink:
            raise ConfigurationError(
                f"--batch is {self.batch}; it must be {self.pl_batch_shrink} or more, because a path-length step uses "
                f"one image in {self.pl_batch_shrink}"
            )
        if self.ada_kimg <= 0:
            raise ConfigurationError(f"ada_kimg is {self.ada_kimg}; it must be above 0")

    def _check_choices(self) -> None:
        kinds = {"precision": Precision, "loss": Loss, "projected": Frozen, "metric_extractor": Judge}
        for name, kind in kinds.items():
            if getattr(self, name) not in get_args(kind):
                raise ConfigurationError(
                    f"{option(name)} is {getattr(self, name)!r}; allowed are {', '.join(get_args(kind))}"
                )
        if self.projected_start and self.projected == "none":
            raise ConfigurationError(f"--projected-start is {self.projected_start:g}, but --projected is none")
        if self.best_metric is not None and not self.metrics:
            raise ConfigurationError(
                f"--best-metric is {self.best_metric!r}, but --metrics names none: nothing is measured"
            )

    def _check_batch(self) -> None:
        for name in ("batch", "batch_per_device"):
            size = getattr(self, name)
            if size > self.mbstd_group and size % self.mbstd_group:
                raise ConfigurationError(
                    f"{option(name)} is {size}; it must be a multiple of {self.mbstd_group}, the images of a group of "
                    "the minibatch standard deviation"
                )

    @property
    def discriminator(self) -> DiscriminatorConfig:
        """The discriminator mirrors the generator."""
        return DiscriminatorConfig(
            resolution=self.generator.resolution,
            image_channels=self.generator.image_channels,
            channel_base=self.generator.channel_base,
            channel_max=self.generator.channel_max,
            mbstd_group=self.mbstd_group,
            c_dim=self.generator.c_dim,
        )

    @property
    def projected_config(self) -> ProjectedConfig:
        """Of the projected discriminator."""
        return ProjectedConfig(self.heads.input_size, self.heads.blur, self.heads.width, self.generator.c_dim)

    def share(self, world: int) -> tuple[int, int]:
        """How the batch is split over `world` processes.

        Returns:
            images per process and step, and images that a process has in memory at once.

        Raises:
            ConfigurationError: the batch cannot be split evenly.
        """
        share, rest = divmod(self.batch, world)
        if rest or (share > self.mbstd_group and share % self.mbstd_group):
            raise ConfigurationError(
                f"--batch is {self.batch}; split over {world} process(es) it must give each a multiple of "
                f"{self.mbstd_group}, the images of a group of the minibatch standard deviation"
            )
        micro = min(self.batch_per_device or share, share)
        if share % micro:
            raise ConfigurationError(
                f"--batch-per-device is {micro}; it must divide the {share} images that each of {world} process(es) "
                "takes"
            )
        return share, micro

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainingOptions:
        """Inverse of `to_dict`. Raises ConfigurationError for fields that are unknown, missing or of another kind."""
        values = {"label_dropout": 0.0, **values}  # a run that does not state it withheld nothing
        unknown = values.keys() - {f.name for f in dataclasses.fields(cls)}
        if unknown:
            raise ConfigurationError(f"unknown training options: {', '.join(sorted(unknown))}")
        try:
            values["generator"] = GeneratorConfig(**values["generator"])
            values["augment"] = AugmentOptions(**values["augment"])
            values["heads"] = HeadOptions(**values.get("heads", {}))
            return cls(**values)
        except (KeyError, TypeError) as error:
            raise ConfigurationError(f"training options cannot be read ({error})") from error
