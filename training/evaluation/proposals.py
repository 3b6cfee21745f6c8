"""Names and ranges for directions, proposed from what was measured; people decide (`curate`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from mammoganesis.recipe.limits import Direction
from training.evaluation.attributes import ATTRIBUTES
from training.evaluation.directions import NOTABLE, RELIABLE, Effect, Response
from training.evaluation.search import Judged

MEASURED = 0.9  # share of the seeds in which an attribute must have been measured to carry a name
_BY_NAME = {attribute.name: attribute for attribute in ATTRIBUTES}


def named(effect: Effect) -> list[Response]:
    """The responses that are reliable and large enough to carry a name, the fittest first."""
    most = max(response.seeds for response in effect.responses)
    fit = [
        response
        for response in effect.responses
        if abs(response.rho) >= RELIABLE and abs(response.change) >= NOTABLE and response.seeds >= MEASURED * most
    ]
    return sorted(fit, key=lambda r: -abs(r.rho * r.change) * _BY_NAME[r.attribute].weight)


def choose(judged: Sequence[Judged], taken: Collection[str] = ()) -> list[tuple[str, Judged]]:
    """What is proposed, with names: for every attribute the direction that keeps all rules and moves it most, then
    single components that keep not all of them; combinations that do not are left out.

    Args:
        judged: components and combinations.
        taken: names that are there already.
    """
    best: dict[str, Judged] = {}
    for one in judged:
        if one.passes and abs(one.moved) > abs(best[one.attribute].moved if one.attribute in best else 0.0):
            best[one.attribute] = one
    rest = [one for one in judged if not one.combined and one not in best.values()]
    chosen, used = [], set(taken)
    for one in [*best.values(), *rest]:
        name = _free(_BY_NAME[one.attribute].noun, one.direction[0].index, used)
        used.add(name)
        chosen.append((name, one))
    return chosen


def entry(name: str, judged: Judged) -> dict[str, Any]:
    """A direction of a curation catalogue: name, index, reversed, layer_start, layer_end, sigmas_start, sigmas_end,
    note, evidence, further, side_effects. A reversed direction counts its sigmas the other way round, so that the
    attribute always grows with them."""
    first, *others = judged.direction
    return {
        "name": name,
        "index": first.index,
        "reversed": first.weight < 0,
        "layer_start": first.layer_start,
        "layer_end": first.layer_end,
        "sigmas_start": judged.useful[0] + 0.0,
        "sigmas_end": judged.useful[1] + 0.0,
        "note": _note(judged),
        "evidence": {
            "attribute": judged.attribute,
            "spearman_rho": round(judged.rho, 4),
            "num_seeds": judged.seeds,
        },
        "further": [part._asdict() for part in others],
        "side_effects": [
            {"attribute": effect.attribute, "at_start": effect.ends[0], "at_end": effect.ends[1]}
            | {"num_seeds": effect.seeds}
            for effect in judged.effects
        ],
    }


def parts_text(direction: Direction) -> str:
    """A direction in short: "-1 x 3 (0:12)", "+1 x 0 (4:8), -0.4 x 2 (0:4)"."""
    return ", ".join(f"{part.weight:+g} x {part.index} ({part.layer_start}:{part.layer_end})" for part in direction)


def _note(judged: Judged) -> str:
    words = judged.attribute.replace("_", " ")
    if judged.passes:
        return f"Proposed: moves {words} by {abs(judged.moved):.1f} deviations and holds the others still."
    failed = "; ".join(finding.words() for finding in judged.findings if not finding.passed)
    return f"Proposed: moves {words}, and other things: {failed}."[:500]


def _free(noun: str, component: int, used: set[str]) -> str:
    names = (noun, f"{noun}-{component}", *(f"{noun}-{component}-{again}" for again in range(2, 100)))
    return next(name for name in names if name not in used)
