"""What the files of `evaluate` must be, as far as a model card tells of them."""

from __future__ import annotations

from typing import Any

from mammoganesis.json_form import ByName, Form, Needed, OrNull, count, text, truth


def _figure(value: Any) -> str | None:
    """A result: also of what could not be computed."""
    return None if isinstance(value, float | int) and not isinstance(value, bool) else "a number"


def _ends(value: Any) -> str | None:
    right = isinstance(value, list) and len(value) == 2 and not any(map(_figure, value))
    return None if right else "two numbers"


def _sentences(value: Any) -> str | None:
    right = isinstance(value, list) and value and not any(map(text, value))
    return None if right else "one text or more"


def _needed(**fields: Form) -> dict[str, Form | Needed]:
    return {name: Needed(form) for name, form in fields.items()}


_SAMPLING = _needed(samples=count, psi=_figure, seed=_figure)
_FLOOR: Form = _needed(value=_figure, lowest=_figure, highest=_figure, matched=OrNull(_figure))
_RESULT: Form = _needed(
    name=text,
    value=OrNull(_figure),
    reliable=truth,
    interval=OrNull(_ends),
    better=text,
    floor=OrNull(_FLOOR),
    num_fakes=count,
    num_reals=count,
    extractor=text,
    notes=[text],
)
QUANTILES = ("samples", "held_out", "train_other_patient")
_SPACE: Form = _needed(
    space=text,
    quantiles={**dict.fromkeys(QUANTILES, _needed(median=_figure)), "samples": Needed(_needed(median=_figure))},
    auc=OrNull(_figure),
    suspicious_samples=[_figure],
)
_ESTIMATE: Form = _needed(value=OrNull(_figure), low=OrNull(_figure), high=OrNull(_figure))


def _region(value: Any) -> str | None:
    return None if value == "all" or count(value) is None else "all, or the number of a region"


_ROW: Form = _needed(
    region=_region,
    pairs=count,
    inside=_ESTIMATE,
    outside=_ESTIMATE,
    ratio=_ESTIMATE,
    sweep=text,
    scale=text,
    low_resolution_epsilon=OrNull(_figure),
)

FORMS: dict[str, Form] = {
    "metrics": {
        **_SAMPLING,
        **_needed(
            data=_needed(split=text),
            evaluations=[{"kimg": OrNull(_figure), **_needed(generator_digest=OrNull(text), results=[_RESULT])}],
        ),
    },
    "neighbours": {**_SAMPLING, **_needed(data=_needed(images=count), spaces=[_SPACE], verdict=_sentences)},
    "locality": _needed(
        rows=[_ROW], pairs=count, truncation_psi=_figure, default_epsilon=_figure, low_resolution_epsilon=_figure
    ),
    "shares": _needed(
        shares=ByName(_needed(channels=OrNull(_figure), masked=OrNull(_figure))), measured_pairs=ByName(count)
    ),
    "directions": _needed(
        side_effects=ByName(ByName(_figure)),
        directions=ByName(_needed(attribute=text, passes=truth)),
        reference=text,
    ),
}
"""By the kinds of `evaluations.KINDS`."""
