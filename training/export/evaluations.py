"""What `evaluate ... --out` has measured of a generator, read again for its model card."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mammoganesis.errors import ConfigurationError
from mammoganesis.json_form import fault_of
from mammoganesis.json_text import NotJson, read_json
from training.export.discovered import Report
from training.export.evaluation_forms import FORMS

KINDS = {  # kind -> fields by which a file is known, and the command that writes it
    "metrics": (("evaluations", "extractor"), "evaluate metrics"),
    "neighbours": (("spaces", "verdict"), "evaluate neighbours"),
    "locality": (("rows", "default_epsilon"), "evaluate locality"),
    "shares": (("shares", "edge_gradient"), "evaluate locality"),
    "directions": (("side_effects", "directions"), "evaluate directions"),
}


@dataclass(frozen=True)
class Found:
    """One file of results."""

    kind: str  # of KINDS
    content: dict[str, Any]  # of metrics: `evaluations` has only the one of the generator, `curve` all checkpoints of
    # the file, by their images shown


def read_evaluations(paths: Iterable[Path], digest: str, report: Report) -> tuple[Found, ...]:
    """The results of a generator.

    Args:
        paths: JSON files, and folders in which and below which all results are taken; other files there are not.
        digest: of the generator.
        report: called with a line for a file of a folder that is of another generator.

    Raises:
        ConfigurationError: a file that is named is no result, or one of another generator; a folder has none.
    """
    found = []
    for path in paths:
        named = [path] if path.is_file() else sorted(path.rglob("*.json"))
        taken = [one for file in named if (one := _read(file, digest, report if file is not path else None))]
        if not taken:
            raise ConfigurationError(f"{path}: holds no results of `evaluate` for this generator")
        found += taken
    return tuple(found)


def _read(file: Path, digest: str, report: Report | None) -> Found | None:
    """The results in a file; None for what is none, unless the file itself was named (`report` is None)."""
    try:
        content = read_json(file.read_bytes(), finite=False)
    except (OSError, NotJson) as error:
        return _refused(f"{file}: cannot be read ({error})", None if report is None else lambda _: None)
    fields = content.keys() if isinstance(content, dict) else ()
    kind = next((kind for kind, (known, _) in KINDS.items() if all(name in fields for name in known)), None)
    if kind is None:
        commands = ", ".join(sorted({command for _, command in KINDS.values()}))
        return _refused(f"{file}: is no result of {commands}", None if report is None else lambda _: None)
    measured = content["evaluations"] if kind == "metrics" else [content]
    if not any(_digest_of(one) == digest for one in (measured if isinstance(measured, list) else ())):
        return _refused(f"{file}: is of another generator, not of {digest[:12]}...", report)
    if (fault := fault_of(content, FORMS[kind])) is not None:
        raise ConfigurationError(f"--evaluations {file}: {fault}; write it again with `{KINDS[kind][1]}`")
    if kind != "metrics":
        return Found(kind, content)
    own = [one for one in measured if _digest_of(one) == digest]
    curve = sorted((one for one in measured if one.get("kimg") is not None), key=lambda one: one["kimg"])
    return Found(kind, {**content, "evaluations": own[-1:], "curve": curve})


def _digest_of(content: Any) -> str:
    return str(content.get("generator_digest", "")) if isinstance(content, dict) else ""


def _refused(reason: str, report: Report | None) -> None:
    """Raises, or tells and goes on."""
    if report is None:
        raise ConfigurationError(f"--evaluations {reason}")
    report(f"left out: {reason}")
