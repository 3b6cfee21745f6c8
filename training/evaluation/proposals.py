"""Names and ranges for directions, proposed from what was measured; people decide (`curate`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.evaluation.attributes import ATTRIBUTES
from training.evaluation.directions import NOTABLE, RELIABLE, Direction, Response, useful_range

MEASURED = 0.9  # share of the seeds in which an attribute must have been measured to carry a name
_BY_NAME = {attribute.name: attribute for attribute in ATTRIBUTES}


def named(direction: Direction) -> list[Response]:
    """The responses that are reliable and large enough to carry a name, the fittest first."""
    most = max(response.seeds for response in direction.responses)
    fit = [
        response
        for response in direction.responses
        if abs(response.rho) >= RELIABLE and abs(response.change) >= NOTABLE and response.seeds >= MEASURED * most
    ]
    return sorted(fit, key=lambda r: -abs(r.rho * r.change) * _BY_NAME[r.attribute].weight)


def propose(directions: Sequence[Direction], sigmas: Sequence[float], layers: tuple[int, int]) -> list[dict[str, Any]]:
    """Entries of a curation catalogue's `directions`, for components with a clear response.

    Args:
        directions: of `analyse`.
        sigmas: of the sweep.
        layers: start and end of the codes that were edited.

    Returns:
        dictionaries with name, index, reversed, layer_start, layer_end, sigmas_start, sigmas_end, note, evidence. A
        reversed direction counts its sigmas the other way round, so that the attribute always grows with them.
    """
    result, used = [], set()
    for direction in directions:
        responses = named(direction)
        if not responses:
            continue
        best = responses[0]
        start, end = useful_range(direction, best, sigmas)
        if start == end:
            continue
        name = _free(_BY_NAME[best.attribute].noun, direction.component, used)
        used.add(name)
        flip = best.rho < 0
        others = [_words(r, flip) for r in responses[1:4]]
        note = f"Proposed: moves {_words(best, flip)}" + (f"; also {', '.join(others)}." if others else ".")
        result.append(
            {
                "name": name,
                "index": direction.component,
                "reversed": flip,
                "layer_start": layers[0],
                "layer_end": layers[1],
                "sigmas_start": 0.0 - end if flip else start,
                "sigmas_end": 0.0 - start if flip else end,
                "note": note,
                "evidence": {
                    "attribute": best.attribute,
                    "spearman_rho": round(abs(best.rho), 4),
                    "num_seeds": best.seeds,
                },
            }
        )
    return result


def _words(response: Response, flip: bool) -> str:
    rho = -response.rho if flip else response.rho
    return f"{response.attribute.replace('_', ' ')} (rho {rho:+.2f})"


def _free(noun: str, component: int, used: set[str]) -> str:
    return noun if noun not in used else f"{noun}-{component}"
