"""A recipe in plain words: one sentence a step, in the order in which the steps are applied.

Pure functions of a complete recipe, the words of its bundle and a language; the same ones always give the same
sentences. A recipe inside another stands in square brackets, its steps separated by semicolons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mammoganesis.editing.noise import NoiseTerm
from mammoganesis.recipe.limits import Direction, Limits, Part
from mammoganesis.recipe.names import Move, moves_of
from mammoganesis.recipe.noise import noise_terms
from mammoganesis.recipe.region_names import RegionNames
from mammoganesis.recipe.structure import is_masked
from mammoganesis.texts.languages import ENGLISH, Language
from mammoganesis.v1.latents_pb2 import (
    EDIT_MODE_ABSOLUTE,
    INTERPOLATION_SPACE_STYLES,
    Recipe,
    StyleTransfer,
    Truncation,
)


@dataclass(frozen=True)
class Words:
    """What a bundle calls its parts."""

    num_ws: int
    directions: Sequence[tuple[str, Direction]] = ()  # curated names, the first that fits is taken
    regions: RegionNames = field(default_factory=RegionNames)
    style_layers: Sequence[str] = ()  # by index
    low_resolution_layers: Sequence[int] = ()

    @classmethod
    def of(cls, limits: Limits, style_layers: Sequence[str]) -> Words:
        """The words of a bundle with these limits and names of its style layers."""
        directions = tuple(limits.component_names.items())
        return cls(limits.num_ws, directions, limits.region_names, tuple(style_layers), limits.low_resolution_layers)


def describe(recipe: Recipe, words: Words, language: Language = ENGLISH) -> list[str]:
    """The sentences of a complete recipe."""
    teller = _Teller(words, language)
    return [f"{step[0].upper()}{step[1:]}." for step in [*teller.steps(recipe), teller.noise(recipe)]]


@dataclass(frozen=True)
class _Teller:
    """What a bundle's recipes say in a language: clauses without capital and full stop."""

    words: Words
    language: Language

    def steps(self, recipe: Recipe) -> list[str]:
        """Each step but the noise."""
        steps = [self._origin(recipe)]
        steps += [self._move(move) for move in moves_of(recipe.component_edits, self.words.directions)]
        return steps + [self._transfer(transfer, recipe.labels) for transfer in recipe.style_transfers]

    def noise(self, recipe: Recipe) -> str:
        say, terms = self.language.say, noise_terms(recipe)
        if not terms:
            return say("noise.none")
        if len(terms) == 1 and terms[0].weight == 1:
            return say("noise.with", noise=self._one_noise(terms[0]))
        weighted = [
            say("noise.times", weight=self._number(term.weight, ".3g"), noise=self._one_noise(term)) for term in terms
        ]
        return say("noise.with", noise=self.language.listed(weighted))

    def _inner(self, recipe: Recipe) -> str:
        """A recipe inside another. Its noise is left out: the outer recipe says what counts of it."""
        return f"[{'; '.join(self.steps(recipe))}]"

    def _origin(self, recipe: Recipe) -> str:
        say, origin = self.language.say, recipe.WhichOneof("origin")
        if origin == "interpolation":
            ends = recipe.interpolation
            space = say("space.styles" if ends.space == INTERPOLATION_SPACE_STYLES else "space.w")
            between = {"start": self._inner(ends.start), "end": self._inner(ends.end)}
            return say("origin.between", share=self._percent(ends.fraction), space=space, **between)
        if origin == "mixing":
            parts = recipe.mixing
            layers = self._layers(parts.layer_start, parts.layer_end)
            both = {"base": self._inner(parts.base), "style": self._inner(parts.style)}
            return say("origin.mixture", layers=layers, **both)
        if origin == "code":
            start = say("origin.code")
        elif recipe.labels:
            start = say("origin.labelled", seed=recipe.seed, labels=", ".join(self._labels(recipe.labels)))
        else:
            start = say("origin.seed", seed=recipe.seed)
        return f"{start}, {self._truncation(recipe.truncation)}"

    def _labels(self, labels: Mapping[str, str]) -> list[str]:
        named = [(self.language.name("label", field), labels[field]) for field in sorted(labels)]
        return [
            self.language.say("origin.label", field=name[:1].lower() + name[1:], value=value) for name, value in named
        ]

    def _truncation(self, truncation: Truncation) -> str:
        psi, cutoff = truncation.psi, truncation.cutoff
        if psi == 1 or cutoff == 0:
            return self.language.say("truncation.none")
        where = ""
        if cutoff < self.words.num_ws:
            where = self.language.say("truncation.where", layers=self._layers(0, cutoff))
        kind = "average" if psi == 0 else "towards" if psi < 1 else "away"
        return self.language.say(f"truncation.{kind}", where=where, psi=self._number(psi))

    def _move(self, move: Move) -> str:
        say, edit = self.language.say, move.edits[0]
        amount = self.language.counted("move.amount", move.sigmas, sigmas=self._number(move.sigmas, "+g"))
        name = self.language.name("direction", move.name)
        if len(move.direction) > 1:
            parts = self.language.listed([self._part(part) for part in move.direction])
            along = say("move.combined", name=name, parts=parts)
        else:
            turned = any(part.weight < 0 for part in move.direction)
            kind = "reversed" if turned else "named" if move.name else "component"
            layers = self._layers(edit.layer_start, edit.layer_end)
            along = say(f"move.{kind}", name=name, index=edit.index, layers=layers)
        return say("move.absolute" if edit.mode == EDIT_MODE_ABSOLUTE else "move.relative", amount=amount, along=along)

    def _part(self, part: Part) -> str:
        layers = self._layers(part.layer_start, part.layer_end)
        return self.language.say("move.part", weight=self._number(part.weight, "+.3g"), index=part.index, layers=layers)

    def _transfer(self, transfer: StyleTransfer, labels: Mapping[str, str]) -> str:
        language, say = self.language, self.language.say
        named = [self._region(region.index, self.words.regions.of(region.index, labels)) for region in transfer.regions]
        regions, reference = language.listed(named) if named else "", self._inner(transfer.reference)
        much = "" if transfer.strength == 1 else say("transfer.much", share=self._percent(transfer.strength))
        if is_masked(transfer):
            made = language.counted("transfer.made", len(named), regions=regions) if named else ""
            feather = transfer.mask.feather
            soft = "soft" if feather else "sharp"
            edge = say(f"transfer.edge.{soft}", share=self._percent(feather))
            return say("transfer.masked", made=made, reference=reference, much=much, edge=edge)
        budget = say("transfer.budget", epsilon=self._number(transfer.epsilon))
        budgets = ", ".join([budget, *self._layer_budgets(transfer)])
        which = say("transfer.which", rho=self._percent(transfer.rho), budgets=budgets)
        taken = {"regions": regions, "reference": reference, "much": much, "which": which}
        return language.counted("transfer.channels", len(named), **taken)

    def _layer_budgets(self, transfer: StyleTransfer) -> list[str]:
        """The budgets of single layers, layers of one budget together, in order of synthesis."""
        by_epsilon: dict[float, list[int]] = {}
        for entry in transfer.layer_epsilons:
            if entry.epsilon != transfer.epsilon:
                by_epsilon.setdefault(entry.epsilon, []).append(entry.layer)
        budgets = []
        for epsilon, layers in by_epsilon.items():
            low = layers == list(self.words.low_resolution_layers)
            listed = "" if low else self.language.listed([self.words.style_layers[layer] for layer in layers])
            key = f"transfer.budget.{'low' if low else 'layers'}"
            budgets.append(self.language.say(key, epsilon=self._number(epsilon), layers=listed))
        return budgets

    def _region(self, index: int, name: str) -> str:
        if not name:
            return str(index)
        return self.language.say("transfer.region", index=index, name=self.language.name("region", name))

    def _one_noise(self, term: NoiseTerm) -> str:
        if term.seed is None:
            return self.language.say("noise.constant")
        return self.language.say("noise.seed", seed=term.seed)

    def _layers(self, start: int, end: int) -> str:
        """A range of layers, the end excluded, as people count them: from 0, both ends included."""
        count = self.words.num_ws
        if (start, end) == (0, count):
            return self.language.say("layers.all", count=count)
        key = "layers.one" if end == start + 1 else "layers.some"
        return self.language.say(key, start=start, end=end - 1, last=count - 1)

    def _percent(self, share: float) -> str:
        return self.language.say("percent", number=self._number(100 * share, ".4g"))

    def _number(self, value: float, form: str = "g") -> str:
        return self.language.number(value, form)
