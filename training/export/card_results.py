"""Results of `evaluate` as sections of a model card: what was measured, with its floors, and what was not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from training.export.evaluation_forms import QUANTILES
from training.export.evaluations import Found

ABSENT = {
    "metrics": "How like real images the samples are was not measured.",
    "neighbours": "**Nobody has looked for copies of training images** among the samples of this model, or nothing of "
    "it was given to the export.",
    "locality": "How local edits of regions are was not measured.",
    "directions": "Side effects of directions were not measured, or are only in the catalogue below.",
}


def results(found: Sequence[Found]) -> str:
    """All sections, Markdown."""
    sections: dict[str, tuple[str, Callable[[dict[str, Any]], list[str]]]] = {
        "metrics": ("Quality of samples", _metrics),
        "neighbours": ("Copies of training images", _copies),
        "locality": ("Locality of region edits", _locality),
        "shares": ("Share of a change within its region", _shares),
        "directions": ("Side effects of directions", _directions),
    }
    lines = []
    for kind, (title, section) in sections.items():
        given = [one.content for one in found if one.kind == kind]
        if not given and kind not in ABSENT:
            continue
        lines += [f"### {title}", ""]
        for content in given:
            lines += [*section(content), ""]
        lines += [] if given else [ABSENT[kind], ""]
    return "\n".join(lines)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in Markdown; its cells keep to one line."""
    cells = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (headings, ["---"] * len(headings), *cells)]


def _number(value: float | None, digits: int = 4) -> str:
    return "-" if value is None else f"{value:.{digits}g}"


def _range(ends: Sequence[float] | None) -> str:
    return "" if ends is None else f" ({ends[0]:.3g} to {ends[1]:.3g})"


def _metrics(content: dict[str, Any]) -> list[str]:
    (own,) = content["evaluations"]
    rows, notes = [], []
    for one in own["results"]:
        floor = one["floor"]
        rows.append([
            one["name"] + ("" if one["reliable"] else " (unreliable)"),
            f"{_number(one['value'])}{_range(one['interval'])}",
            one["better"],
            "-" if floor is None else f"{_number(floor['value'])}{_range((floor['lowest'], floor['highest']))}",
            "-" if floor is None else _number(floor["matched"]),
            f"{one['num_fakes']} / {one['num_reals']}",
            one["extractor"],
        ])  # fmt: skip
        notes += [f"- {one['name']}: {note}" for note in one["notes"]]
    headings = ["metric", "value", "better", "floor", "at the floor's number", "samples / real images", "features"]
    return [
        f"{content['samples']} samples at psi {content['psi']:g} from seed {content['seed']}, against images of the "
        f"split `{content['data']['split']}`. In brackets 95 % bootstrap intervals; the floor is the same between real "
        "images, which no model goes below.",
        "",
        *table(headings, rows),
        *(["", *notes] if notes else []),
        *_curve(content["curve"], own),
    ]


def _curve(checkpoints: Sequence[dict[str, Any]], own: dict[str, Any]) -> list[str]:
    """The same metrics over the training, where more than one checkpoint was measured with them."""
    if len(checkpoints) < 2:
        return []
    rows = []
    for one in checkpoints:
        values = {result["name"]: result["value"] for result in one["results"]}
        mark = " (this model)" if one["generator_digest"] == own["generator_digest"] else ""
        rows.append([f"{one['kimg']:g}{mark}", *(_number(values.get(result["name"])) for result in own["results"])])
    floors = [result["floor"] for result in own["results"]]
    rows.append(["floor", *(_number(floor and floor["value"]) for floor in floors)])
    headings = ["thousand images shown", *(result["name"] for result in own["results"])]
    return ["", "The checkpoints that were measured with it, on as many samples each:", "", *table(headings, rows)]


def _copies(content: dict[str, Any]) -> list[str]:
    rows = []
    for space in content["spaces"]:
        rows.append([
            space["space"],
            *(_number(space["quantiles"].get(name, {}).get("median")) for name in QUANTILES),
            _number(space["auc"], 2),
            str(len(space["suspicious_samples"])),
        ])  # fmt: skip
    headings = ["by", "samples", "held-out images", "training images, other patients", "AUC", "suspicious samples"]
    first = content["verdict"][0].removeprefix("verdict: ")
    return [
        f"**{first[:1].upper()}{first[1:]}.** {content['samples']} samples at psi {content['psi']:g} from seed "
        f"{content['seed']}; medians of the distance to the nearest of {content['data']['images']} training images. "
        "AUC 0.5: as far away as real images of others, 0: copies.",
        "",
        *table(headings, rows),
        "",
        *(f"- {line.strip()}" for line in content["verdict"][1:]),
    ]


def _locality(content: dict[str, Any]) -> list[str]:
    epsilon, low = content["default_epsilon"], content["low_resolution_epsilon"]
    rows = [
        [str(row["region"]), str(row["pairs"]), *(_estimate(row[name]) for name in ("inside", "outside", "ratio"))]
        for row in content["rows"]
        if (row["sweep"], row["scale"], row["low_resolution_epsilon"]) == ("low_resolution_epsilon", "lightness", low)
    ]
    return [
        f"{content['pairs']} pairs a region, psi {content['truncation_psi']:g}, epsilon {epsilon:g}, low-resolution "
        f"epsilon {low:g}: mean squared change of lightness (0 to 1) inside the region, outside it, and their ratio.",
        "",
        *table(["region", "pairs", "inside", "outside", "ratio"], rows),
    ]


def _estimate(one: dict[str, Any]) -> str:
    return "-" if one["value"] is None else f"{one['value']:.3g}{_range((one['low'], one['high']))}"


def _shares(content: dict[str, Any]) -> list[str]:
    rows = [
        [
            region,
            str(content["measured_pairs"].get(region, "-")),
            _percent(share["channels"]),
            _percent(share["masked"]),
        ]
        for region, share in content["shares"].items()
    ]
    return table(["region", "pairs", "by channels", "masked"], rows)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _directions(content: dict[str, Any]) -> list[str]:
    effects = content["side_effects"]
    attributes = list(dict.fromkeys(name for row in effects.values() for name in row))
    rows = [
        [
            name,
            content["directions"][name]["attribute"].replace("_", " "),
            *(f"{row[one]:+.2f}" if one in row else "" for one in attributes),
            "yes" if content["directions"][name]["passes"] else "no",
        ]
        for name, row in effects.items()
        if name in content["directions"]
    ]
    headings = ["direction", "moves", *(name.replace("_", " ") for name in attributes), "keeps all rules"]
    if not rows:
        return ["No direction was found that moves one attribute and leaves the others."]
    return [
        f"Change over the useful range, in standard deviations over {content['reference']}.",
        "",
        *table(headings, rows),
    ]
