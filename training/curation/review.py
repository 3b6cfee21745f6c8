"""Question and answer in the terminal. Every answer is saved before the next question is asked.

A folder holds the state: catalogue.json, and progress.json with what was decided and what was half answered.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mammoganesis import files
from mammoganesis.bundle import catalogue_file
from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.catalogue import check
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.errors import DataError, InvalidArgument
from mammoganesis.json_form import ByName, Check, Form, Needed, OrNull, count, fault_of, number, text, truth
from mammoganesis.json_text import read_json
from mammoganesis.recipe.limits import DEFAULT_EPSILON, DEFAULT_LOW_RESOLUTION_EPSILON, DEFAULT_SIGMAS
from training.curation.sheets import component_file, region_file

CATALOGUE, PROGRESS = "catalogue.json", "progress.json"
Entry = dict[str, Any]

DIRECTION_QUESTIONS = (
    ("name", str, "Name (lower-case letters, digits, hyphens)"),
    ("reversed", bool, "Reversed: does the name grow to the left"),
    ("layer_start", int, "First layer that it moves"),
    ("layer_end", int, "One past the last layer"),
    ("sigmas_start", float, "Useful from, in sigma of the direction"),
    ("sigmas_end", float, "Useful to"),
    ("note", str, "Note, what is seen (- for none)"),
)
# Sign and layers of a combination are what was found.
COMBINATION_QUESTIONS = tuple(
    question for question in DIRECTION_QUESTIONS if question[0] in ("name", "sigmas_start", "sigmas_end", "note")
)
REGION_QUESTIONS = (
    ("name", str, "Name (lower-case letters, digits, hyphens)"),
    ("note", str, "Note, what is seen (- for none)"),
)
EPSILON_QUESTIONS = (
    ("default_epsilon", float, f"Epsilon of transfers that name none (services' own default: {DEFAULT_EPSILON:g})"),
    (
        "low_resolution_epsilon",
        float,
        f"Largest epsilon of 4x4 and 8x8 layers (services' own default: {DEFAULT_LOW_RESOLUTION_EPSILON:g})",
    ),
)
_FORMS: dict[type, Check] = {str: text, bool: truth, int: count, float: number}
_DRAFTS: dict[str, Form] = {  # by the first word of an item
    item: {key: Needed(OrNull(_FORMS[kind]) if item == "epsilons" else _FORMS[kind]) for key, kind, _ in questions}
    for item, questions in (
        ("component", DIRECTION_QUESTIONS),
        ("direction", DIRECTION_QUESTIONS),
        ("region", REGION_QUESTIONS),
        ("epsilons", EPSILON_QUESTIONS),
    )
}


def _fault_of(progress: Any) -> str | None:
    """What is wrong in progress.json."""
    fault = fault_of(progress, {"done": [text], "drafts": ByName({})})
    for item, draft in {} if fault else progress.get("drafts", {}).items():
        fault = fault or fault_of(draft, _DRAFTS.get(item.partition(" ")[0], {}), f"drafts.{item}")
    return fault


class Review:
    """One curation of one bundle, kept in a folder."""

    def __init__(self, folder: Path, bundle: Bundle, start: Callable[[], Catalogue]) -> None:
        """Continue what the folder holds, or begin with `start()`.

        Raises:
            DataError: the folder holds the curation of another bundle, or cannot be read.
        """
        self.folder, self.bundle = folder, bundle
        self.done: set[str] = set()
        self.drafts: dict[str, Entry] = {}
        if (folder / CATALOGUE).exists():
            self._load()
        else:
            self.content = catalogue_file.as_dict(start())
            self.save()

    @property
    def catalogue(self) -> Catalogue:
        return catalogue_file.read_catalogue(self.content)

    def save(self) -> None:
        """Both files, each replaced as a whole."""
        progress = {"done": sorted(self.done), "drafts": self.drafts}
        files.write(self.folder / CATALOGUE, catalogue_file.write_catalogue(self.catalogue).encode())
        files.write(self.folder / PROGRESS, (json.dumps(progress, indent=2, ensure_ascii=False) + "\n").encode())

    def run(self, num_components: int) -> bool:
        """Ask about everything that is not decided yet. Returns False when the person stopped before the end."""
        for index in range(min(num_components, self.bundle.num_components)):
            if not self._item(f"component {index}", component_file(index), lambda i=index: self._component(i)):
                return False
        for entry in [known for known in self.content["directions"] if known["further"]]:
            name, sheet = entry["name"], component_file(entry["index"])
            if not self._item(f"direction {name}", sheet, lambda entry=entry: self._combination(entry)):
                return False
        for index in range(self.bundle.num_regions):
            if not self._item(f"region {index}", region_file(index), lambda i=index: self._region(i)):
                return False
        if self.bundle.num_regions and "epsilons" not in self.done:
            self._ask("epsilons", dict(self.content), EPSILON_QUESTIONS, lambda entry: entry)
            self._decided("epsilons")
        return True

    def _item(self, item: str, file: str, decide: Callable[[], bool]) -> bool:
        """False: stop here."""
        if item in self.done:
            return True
        click.echo(f"\n{item}: {(self.folder / file).resolve()}")
        if not decide():
            return False
        self._decided(item)
        return True

    def _component(self, index: int) -> bool:
        item = f"component {index}"
        known = next((entry for entry in self.content["directions"] if _is_along(entry, index)), None)
        if known is not None:
            click.echo(f"  now: {_shown(known)}")
        elif index in self.content["rejected_components"]:
            click.echo("  now: rejected")
        choice = _choose(known is not None, item in self.drafts)
        if choice == "reject":
            self._apply(self._with_direction(index, None, rejected=True))
        elif choice == "name":
            empty = {
                "name": "",
                "index": index,
                "reversed": False,
                "layer_start": 0,
                "layer_end": self.bundle.manifest.dimensions.num_ws,
                "sigmas_start": DEFAULT_SIGMAS[0],
                "sigmas_end": DEFAULT_SIGMAS[1],
                "note": "",
                "evidence": None,
                "further": [],
                "side_effects": [],
            }
            entry = self.drafts.get(item) or known or empty
            self._ask(item, entry, DIRECTION_QUESTIONS, lambda entry: self._with_direction(index, entry))
        return choice != "quit"

    def _combination(self, known: Entry) -> bool:
        """A direction along several components, which was measured and named before."""
        item, others = f"direction {known['name']}", [d for d in self.content["directions"] if d != known]
        click.echo(f"  now: {_shown(known)}")
        choice = _choose(True, item in self.drafts)
        if choice == "reject":
            self._apply(self.content | {"directions": others})
        elif choice == "name":
            draft = self.drafts.get(item) or known
            self._ask(item, draft, COMBINATION_QUESTIONS, lambda entry: self.content | {"directions": [*others, entry]})
            self.done.add(f"direction {self.content['directions'][-1]['name']}")  # that is its name now
        return choice != "quit"

    def _region(self, index: int) -> bool:
        item = f"region {index}"
        known = next(
            (entry for entry in self.content["regions"] if entry["index"] == index),
            {"index": index, "name": "", "note": "", "rejected": False},
        )
        said = bool(known["name"] or known["note"] or known["rejected"])
        if said:
            click.echo(f"  now: {_shown(known)}")
        choice = _choose(said, item in self.drafts)
        if choice == "reject":
            self._apply(self._with_region(known | {"rejected": True}))
        elif choice == "name":
            entry = self.drafts.get(item) or known | {"rejected": False}
            self._ask(item, entry, REGION_QUESTIONS, self._with_region)
        return choice != "quit"

    def _ask(
        self,
        item: str,
        entry: Entry,
        questions: tuple[tuple[str, type, str], ...],
        place: Callable[[Entry], Entry],
    ) -> None:
        """Ask field by field, again where the answer is not allowed; `place` puts the entry into the catalogue."""
        for key, kind, question in questions:
            while True:
                default = entry[key] if entry[key] not in ("", None) or key == "note" else None
                if default is None and kind is float:
                    answer: Any = click.prompt(f"  {question}", default="", show_default=False)
                    answer = _number(answer)
                else:
                    answer = click.prompt(f"  {question}", default=default, type=kind, show_default=default != "")
                candidate = _answered(entry, key, "" if answer == "-" else answer, self.bundle)
                try:
                    # A name that is still to come is not missed yet.
                    self._check(place(candidate))
                except InvalidArgument as error:
                    click.echo(f"  {error}")
                    continue
                break
            entry = candidate
            self.drafts[item] = entry
            self.save()
        self._apply(place(entry))

    def _check(self, content: Entry) -> None:
        catalogue = catalogue_file.read_catalogue(content)
        check(catalogue, self.bundle.manifest, self.bundle.num_components)

    def _apply(self, content: Entry) -> None:
        self._check(content)
        self.content = content
        self.save()

    def _decided(self, item: str) -> None:
        self.done.add(item)
        self.drafts.pop(item, None)
        self.save()

    def _with_direction(self, index: int, entry: Entry | None, rejected: bool = False) -> Entry:
        others = [known for known in self.content["directions"] if not _is_along(known, index)]
        out = [known for known in self.content["rejected_components"] if known != index]
        return self.content | {
            "directions": [*others, *([entry] if entry else [])],
            "rejected_components": sorted([*out, index]) if rejected else out,
        }

    def _with_region(self, entry: Entry) -> Entry:
        others = [known for known in self.content["regions"] if known["index"] != entry["index"]]
        return self.content | {"regions": sorted([*others, entry], key=lambda known: known["index"])}

    def _load(self) -> None:
        try:
            catalogue = catalogue_file.read_catalogue(self.folder / CATALOGUE)
            path = self.folder / PROGRESS
            progress = read_json(path.read_bytes(), finite=False) if path.exists() else {}
        except (InvalidArgument, OSError, ValueError) as error:
            raise DataError(f"{self.folder}: is not the folder of a curation ({error})") from error
        if (fault := _fault_of(progress)) is not None:
            raise DataError(f"{path}: {fault}; without this file the review begins again")
        self.done, self.drafts = set(progress.get("done", [])), dict(progress.get("drafts", {}))
        if catalogue.bundle_digest != self.bundle.digest:
            raise DataError(
                f"{self.folder}: curates the bundle {catalogue.bundle_digest[:12]}...; this one is "
                f"{self.bundle.digest[:12]}..."
            )
        self.content = catalogue_file.as_dict(catalogue)


def _choose(known: bool, draft: bool) -> str:
    """accept (what is known), name, reject, skip or quit."""
    words = ["accept", "name", "reject", "skip", "quit"] if known else ["name", "reject", "skip", "quit"]
    letters = {word[0]: word for word in words}
    default = "n" if draft else "a" if known else "s"
    text = "  " + ", ".join(f"[{word[0]}]{word[1:]}" for word in words)
    return letters[click.prompt(text, default=default, type=click.Choice(list(letters)), show_choices=False)]


def _answered(entry: Entry, key: str, answer: Any, bundle: Bundle) -> Entry:
    """The entry with an answer, and with what follows from it."""
    changed = entry | {key: answer}
    if key == "layer_start" and answer >= entry["layer_end"]:
        changed["layer_end"] = bundle.manifest.dimensions.num_ws
    if key == "sigmas_start" and answer > entry["sigmas_end"]:
        changed["sigmas_end"] = max(answer, DEFAULT_SIGMAS[1])
    if answer != entry[key] and key in ("reversed", "layer_start", "layer_end", "sigmas_start", "sigmas_end"):
        changed |= {"side_effects": []} if "side_effects" in entry else {}  # measured at other ends
    evidence = entry.get("evidence")
    if evidence and answer != entry[key]:
        if key == "reversed":
            changed["evidence"] = evidence | {"spearman_rho": -evidence["spearman_rho"]}
        elif key in ("layer_start", "layer_end"):  # it was measured on other layers
            changed["evidence"] = None
    return changed


def _is_along(entry: Entry, index: int) -> bool:
    """Whether a direction is along this component and no other."""
    return entry["index"] == index and not entry["further"]


def _number(answer: str) -> float | str | None:
    """None for nothing; what is no number stays as it is and is refused by the catalogue."""
    try:
        return float(answer) if answer.strip() else None
    except ValueError:
        return answer


def _shown(entry: Entry) -> str:
    words = [entry["name"] or "(no name)"]
    if "layer_end" in entry:
        words.append(f"layers {entry['layer_start']} to {entry['layer_end'] - 1}")
        words.append(f"{entry['sigmas_start']:g} to {entry['sigmas_end']:g} sigma")
        words += ["reversed"] if entry["reversed"] else []
        words += [f"with {part['weight']:+g} of component {part['index']}" for part in entry["further"]]
    words += ["rejected"] if entry.get("rejected") else []
    evidence = entry.get("evidence")
    words += [f"{evidence['attribute']} rho {evidence['spearman_rho']:.2f}"] if evidence else []
    return ", ".join([*words, entry["note"]] if entry["note"] else words)
