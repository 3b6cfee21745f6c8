"""What a run trains: options resolved, checked against the training set, and shown before anything is done."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from mammoganesis.errors import CheckpointError, ConfigurationError
from mammoganesis.files import Location
from training.accelerators import Device
from training.checkpoints import checkpoint
from training.configs.options import TrainingOptions
from training.data import labels
from training.data.dataset import Dataset, label_counts_of, label_fields_of
from training.data.fields import check_fields


def with_labels(options: TrainingOptions, data: Path, names: tuple[str, ...]) -> TrainingOptions:
    """Options whose networks are conditioned on labels of a prepared set, in the given order."""
    known = dict(label_fields_of(data))
    missing = [name for name in names if name not in known]
    if missing:
        raise ConfigurationError(f"--labels: {missing[0]!r} is not in {data}; it has {', '.join(known) or 'none'}")
    fields: labels.LabelFields = tuple((name, known[name]) for name in names)
    check_fields(fields, str(data))
    generator = dataclasses.replace(options.generator, label_fields=fields, label_mixture=())
    return with_mixture(dataclasses.replace(options, generator=generator), data)


def with_mixture(options: TrainingOptions, data: Path) -> TrainingOptions:
    """Options that say how often the images of a set have the labels: the same, unless they do not yet."""
    fields = options.generator.label_fields
    if not fields or options.generator.label_mixture:
        return options
    generator = dataclasses.replace(options.generator, label_mixture=label_counts_of(data, fields))
    return dataclasses.replace(options, generator=generator)


def training_set(options: TrainingOptions, data: Path) -> Dataset:
    """A prepared set as a run shows it."""
    fields = options.generator.label_fields
    return Dataset(data, label_fields=fields, label_dropout=options.label_dropout, verify=options.verify_data)


def resumed_options(folder: Location, changes: dict[str, Any] | None = None) -> TrainingOptions:
    """The options in a checkpoint, with some others if given.

    Raises:
        CheckpointError: it holds none, or states sizes of a generator that it does not hold.
        ConfigurationError: they are none, or none that go together.
    """
    content = checkpoint.read_content(folder)
    try:
        values = dict(content["training_options"])
    except (KeyError, TypeError):
        raise CheckpointError(f"{folder}: checkpoint.json holds no training options") from None
    options = TrainingOptions.from_dict(values | (changes or {}))
    if options.generator != checkpoint.sized_generator_config(folder, content):
        raise CheckpointError(f"{folder}: checkpoint.json states other sizes of the generator in its training options")
    return options


def check(options: TrainingOptions, dataset: Dataset) -> None:
    """Raises ConfigurationError for options that do not go with the data, or with each other."""
    generator = options.generator
    if (dataset.resolution, dataset.channels) != (generator.resolution, generator.image_channels):
        raise ConfigurationError(
            f"{dataset.folder}: its images are {dataset.resolution}x{dataset.resolution} with {dataset.channels} "
            f"channel(s); the configuration needs {generator.resolution}x{generator.resolution} with "
            f"{generator.image_channels}: `prepare --resolution {generator.resolution}`, or another --config"
        )
    if options.metrics:
        from training.metrics import judges

        teachers = {options.projected} - {"none"}
        judges.refuse_teacher("--metric-extractor", options.metric_extractor, teachers, "this run")
    if options.best_metric is not None:
        from training.metrics import registry

        known = [result for name in registry.check(options.metrics) for result in registry.load(name).better]
        if options.best_metric not in known:
            raise ConfigurationError(
                f"--best-metric is {options.best_metric!r}; the measured metrics give {', '.join(known)}"
            )


def dry_run_lines(options: TrainingOptions, data: Path | None, device: Device, steps: int = 0) -> list[str]:
    """The resolved configuration, and what it will take; a training set is checked if one is given.

    The speed is measured by `steps` steps of every kind; 0: estimated.
    """
    share, micro = options.share(device.world)
    lines = [json.dumps(options.to_dict(), indent=2)]
    if data is not None:
        dataset = training_set(options, data)
        check(options, dataset)
        lines.append(f"{len(dataset)} training images, shown {options.kimg * 1000 / len(dataset):.1f} times each")
    lines.append(
        f"{device.torch_device}, {device.precision}, {device.world} process(es) with {share} images per step each, "
        f"{micro} in memory at once"
    )
    from training.run.estimate import estimate

    return [*lines, str(estimate(options, device, steps))]
