"""Results for people: a table, a JSON file, a curve over training time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mammoganesis import files
from training.figures.plots import new_figure, save_figure
from training.metrics.result import MetricResult

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Evaluation:
    """The results of one checkpoint or folder of images."""

    target: str
    kimg: float | None  # thousand images shown when the checkpoint was written; None: a folder of images
    generator_digest: str  # sha256 of generator_ema.safetensors; empty for a folder of images
    results: tuple[MetricResult, ...]
    seconds: dict[str, float]  # by step: sampling, and each metric

    @property
    def label(self) -> str:
        return Path(self.target).name if self.kimg is None else f"{self.kimg:g} kimg"

    def to_dict(self) -> dict[str, Any]:
        return {
            "target": self.target,
            "kimg": self.kimg,
            "generator_digest": self.generator_digest,
            "results": [result.to_dict() for result in self.results],
            "seconds": {name: round(value, 2) for name, value in self.seconds.items()},
        }


def write_json(path: Path, settings: dict[str, Any], evaluations: Sequence[Evaluation]) -> None:
    """Write everything."""
    content = {"format_version": FORMAT_VERSION, **settings, "evaluations": [e.to_dict() for e in evaluations]}
    files.write(path, (json.dumps(content, indent=1) + "\n").encode())


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _range(low: float, high: float) -> str:
    return f"[{low:.3g}, {high:.3g}]"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def table(evaluation: Evaluation) -> str:
    """All about one target: one line per result, then the notes."""
    rows = [["metric", "better", "value", "95 % interval", "real-real floor", "at floor's n", "fakes/reals", "floor n"]]
    for result in evaluation.results:
        floor = result.floor
        rows.append(
            [
                result.name + ("" if result.reliable else " (!)"),
                result.better,
                _number(result.value),
                "-" if result.interval is None else _range(*result.interval),
                "-" if floor is None else f"{floor.value:.4g} {_range(floor.lowest, floor.highest)}",
                "-" if floor is None else _number(floor.matched),
                f"{result.num_fakes}/{result.num_reals}",
                "-" if floor is None else f"{floor.num_fakes}/{floor.num_reals}",
            ]
        )
    notes = []
    for result in evaluation.results:
        notes.append(f"{result.name}: from {result.extractor} {result.extractor_digest[:12]}".rstrip())
        notes += [f"{result.name}: {note}" for note in result.notes]
    kinds = dict.fromkeys(r.floor.kind for r in evaluation.results if r.floor is not None)
    return "\n".join([*_aligned(rows), *notes, *(f"floor: {kind}" for kind in kinds)])


def series_table(evaluations: Sequence[Evaluation]) -> str:
    """Many targets: one line each, one column per result, the floor last."""
    names = [result.name for result in evaluations[0].results]
    rows = [["", *names]]
    for evaluation in evaluations:
        values = {result.name: result for result in evaluation.results}
        rows.append([evaluation.label, *(_number(values[name].value) if name in values else "-" for name in names)])
    floors = [result.floor for result in evaluations[0].results]
    rows.append(["real-real floor", *("-" if floor is None else _number(floor.value) for floor in floors)])
    rows.append(["best", *(_best(evaluations, result) for result in evaluations[0].results)])
    return "\n".join(_aligned(rows))


def _best(evaluations: Sequence[Evaluation], like: MetricResult) -> str:
    """The label of the evaluation with the best value; for similarity of fakes, the one nearest to the floor."""

    def badness(result: MetricResult) -> float:
        if result.name == "ms_ssim" and like.floor is not None:
            return abs(result.value - like.floor.value)
        return result.value if result.better == "lower" else -result.value

    known = [(badness(r), e.label) for e in evaluations for r in e.results if r.name == like.name]
    return min(known, key=lambda pair: pair[0])[1]


def plot(path: Path, evaluations: Sequence[Evaluation], title: str) -> None:
    """One panel per result over kimg: values with intervals, the real-real floor, the values at the floor's n.

    Targets without a kimg, such as folders of images, stand in the order given.
    """
    names = [result.name for result in evaluations[0].results]
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure = new_figure(4.6 * columns, 3.4 * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    over_kimg = all(e.kimg is not None for e in evaluations)
    for axis, name in zip(axes, names, strict=False):
        _panel(axis, _series(evaluations, name, over_kimg))
        axis.set_xlabel("kimg (thousand images shown)" if over_kimg else "target")
        if not over_kimg:
            axis.set_xticks(range(len(evaluations)), [e.label for e in evaluations], rotation=20, ha="right")
    for axis in axes[len(names) :]:
        axis.set_axis_off()
    axes[0].legend(fontsize=7)
    figure.suptitle(title, fontsize=9)
    save_figure(figure, path, dpi=130)


def _series(evaluations: Sequence[Evaluation], name: str, over_kimg: bool) -> list[tuple[float, MetricResult]]:
    found = [
        (e.kimg if over_kimg and e.kimg is not None else float(i), r)
        for i, e in enumerate(evaluations)
        for r in e.results
        if r.name == name
    ]
    return sorted(found, key=lambda pair: pair[0])


def _panel(axis: Any, series: list[tuple[float, MetricResult]]) -> None:
    x = [place for place, _ in series]
    results = [result for _, result in series]
    axis.plot(x, [r.value for r in results], "o-", ms=3, color="tab:blue", label="fakes against reals")
    if all(r.interval is not None for r in results):
        low, high = zip(*(r.interval for r in results if r.interval is not None), strict=True)
        axis.fill_between(x, low, high, color="tab:blue", alpha=0.2, lw=0, label="95 % bootstrap interval")
    floors = [r.floor for r in results if r.floor is not None]
    if floors:
        axis.axhline(floors[0].value, color="tab:green", ls="--", label="reals against reals")
        axis.axhspan(floors[0].lowest, floors[0].highest, color="tab:green", alpha=0.15, lw=0)
        if all(floor.matched is not None for floor in floors):
            axis.plot(x, [f.matched for f in floors], ":", color="tab:grey", label="fakes, with the floor's n")
    first = results[0]
    mark = "" if first.reliable else ", UNRELIABLE at this n"
    axis.set_title(f"{first.name} ({first.better} is better{mark})\n{first.extractor[:44]}", fontsize=8)
    axis.tick_params(labelsize=7)
