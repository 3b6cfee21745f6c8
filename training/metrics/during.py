"""Metrics inside a training run, at every snapshot."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from mammoganesis import files
from mammoganesis.errors import ConfigurationError
from training.data.dataset import Dataset
from training.metrics import extractors, judges, registry
from training.metrics.evaluation import measure, needs_of
from training.metrics.metric import Context
from training.metrics.result import MetricResult
from training.metrics.samples import Generated, Need, Reals, Sample, describe
from training.networks import Generator

BOOTSTRAP = 50  # resamples behind an interval


def _in_words(result: MetricResult) -> str:
    text = f"{result.name} {result.value:.4g}"
    if result.interval is not None:
        text += f" ({result.interval[0]:.4g} to {result.interval[1]:.4g})"
    if result.floor is not None:
        text += f", real-real floor {result.floor.value:.4g}"
    return f"{text}, n {result.num_fakes}/{result.num_reals}"


class Options(Protocol):
    """The training options that are looked at."""

    @property
    def metrics(self) -> tuple[str, ...]: ...  # registry names
    @property
    def metric_samples(self) -> int: ...  # fakes
    @property
    def metric_extractor(self) -> str: ...  # one of judges.NAMES


class Place(Protocol):
    """What is looked at of the device."""

    @property
    def is_main(self) -> bool: ...
    @property
    def torch_device(self) -> torch.device: ...


class DuringTraining:
    """The metrics of a run's snapshots, with the floor between halves of the reals and a bootstrap interval.

    Samples have the seeds 0 .. metric_samples - 1 at every snapshot, drawn from streams of their own: neither torch's
    random state nor any network changes, so that a run with metrics is bitwise the run without.
    """

    def __init__(
        self,
        options: Options,
        dataset: Dataset,
        run_folder: Path,
        device: Place,
    ) -> None:
        """What the reals give is computed at the first evaluation and kept in RUN/metrics.

        Args:
            options: `metrics`, `metric_samples` and `metric_extractor`.
            dataset: what the run trains on.
            run_folder: the run.
            device: only its main process evaluates, while the others wait: a GPU takes the features, too.

        Raises:
            ConfigurationError: a metric is unknown, there are fewer than 2 samples, or the extractor cannot be had.
        """
        self.names = registry.check(options.metrics)
        if options.metric_samples < 2:
            raise ConfigurationError(f"--metric-samples is {options.metric_samples}; it must be 2 or more")
        self.samples = options.metric_samples
        # The networks are plain torch, which TPUs would compile anew for every batch that is not full.
        place = device.torch_device if device.torch_device.type == "cuda" else "cpu"
        self.extractor = judges.open_judge(options.metric_extractor, dataset.resolution, place)
        self.needs = needs_of(self.names)
        self.reals = Reals(dataset.folder, "train", dataset)
        self.folder = run_folder / "metrics"
        self.is_main = device.is_main
        self.results: list[MetricResult] = []  # of the last evaluation
        self._sample: Sample | None = None

    @property
    def cache(self) -> Path:
        """Where the vectors of the reals are kept; another data set or extractor has another file."""
        return self.folder / f"reals-{self.reals.digest[:16]}-{extractors.identity(self.extractor)[:16]}.npz"

    def evaluate(self, generator_ema: Generator) -> dict[str, float]:
        """The results by name, such as {"kid": 0.012, "precision": 0.7}; empty on other than the main process."""
        if not self.is_main:
            return {}
        was_training = generator_ema.training
        generator_ema.eval()
        try:
            mixture = self.reals.mixture(dict(generator_ema.config.label_fields))
            generated = Generated(generator_ema, self.samples, mixture=mixture)
            with torch.autocast(generator_ema.mapping.w_avg.device.type, enabled=False):
                context = Context(
                    fakes=describe(generated, None, self.needs, self.extractor),
                    reals=self._described_reals(),
                    extractor=self.extractor,
                    generated=generated,
                    floor="halves",
                    bootstrap=BOOTSTRAP,
                )
                self.results, _ = measure(context, self.names)
        finally:
            generator_ema.train(was_training)
        return {result.name: result.value for result in self.results}

    def write(self, name: str) -> None:
        """Write the last results with floor, n, interval and extractor into RUN/metrics/NAME.json."""
        content = [result.to_dict() for result in self.results]
        files.write(self.folder / f"{name}.json", (json.dumps(content, indent=1) + "\n").encode())

    def lines(self) -> list[str]:
        """The last results in words, one line each."""
        return [_in_words(result) for result in self.results]

    def _described_reals(self) -> Sample:
        if self._sample is None:
            vectors: frozenset[Need] = self.needs & {"features", "radiomics"}
            stored = self._read()
            if vectors - stored.keys():
                sample = describe(self.reals, self.reals.groups, vectors, self.extractor)
                stored = {name: sample.vectors(name) for name in ("features", "radiomics") if name in vectors}
                self._write(stored)
            images = (
                describe(self.reals, None, self.needs & {"images"}, None).images if "images" in self.needs else None
            )
            self._sample = Sample(self.reals.groups, stored.get("features"), stored.get("radiomics"), images)
        return self._sample

    def _read(self) -> dict[str, NDArray[np.float64]]:
        try:
            with self.cache.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                stored = {name: file[name] for name in file.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
            return {}  # absent or cut off: computed again
        return stored if all(len(values) == len(self.reals) for values in stored.values()) else {}

    def _write(self, values: dict[str, NDArray[np.float64]]) -> None:
        content = io.BytesIO()
        np.savez(content, **values)  # type: ignore[arg-type]
        files.write(self.cache, content.getvalue())
