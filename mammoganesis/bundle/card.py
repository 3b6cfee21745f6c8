"""MODEL_CARD.md: the section that says what people said about components and regions, and what tables call regions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mammoganesis.bundle.catalogue import catalogue_of
from mammoganesis.bundle.curated import region_entries
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest, NamedComponent, ReachEvidence

_START, _END = "<!-- catalogue: start -->", "<!-- catalogue: end -->"
_MEASURED = re.compile(r"^## Measured$.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_TABLE_OF_REGIONS = re.compile(r"^\| region \|.*\n(?:\|.*\n?)+", re.MULTILINE)
_ROW_OF_REGION = re.compile(r"^\| (\d+)(?:, [^|]*)? \|", re.MULTILINE)


def region_title(region: int, names: Mapping[int, str]) -> str:
    """What a table calls a region: its index and, where `names` by index has one, its name: "11, pectoral muscle"."""
    name = names.get(region)
    return f"{region}, {name.replace('-', ' ')}" if name else f"{region}"


def with_card_section(card: str, manifest: BundleManifest) -> str:
    """MODEL_CARD.md with the section of the catalogue renewed: where its marks are, otherwise at the end. The tables of
    what was measured call regions by the names that they have now."""
    card = _MEASURED.sub(lambda section: _with_regions_named(section[0], manifest), card)
    section = f"{_START}\n{_card_section(manifest)}{_END}\n"
    start, end = card.find(_START), card.find(_END)
    if 0 <= start < end:
        return card[:start] + section.rstrip("\n") + card[end + len(_END) :]
    return card.rstrip("\n") + "\n\n" + section


def _with_regions_named(section: str, manifest: BundleManifest) -> str:
    names = {index: entry.name for index, entry in enumerate(region_entries(manifest.regions))}

    def named(table: re.Match[str]) -> str:
        return _ROW_OF_REGION.sub(lambda row: f"| {region_title(int(row[1]), names)} |", table[0])

    return _TABLE_OF_REGIONS.sub(named, section)


def _card_section(manifest: BundleManifest) -> str:
    catalogue = catalogue_of(manifest)
    lines = ["## Catalogue", ""]
    if manifest.curated_from:
        lines += [f"Curated from the bundle `{manifest.curated_from}`.", ""]
    if catalogue.directions:
        lines += ["| direction | component | layers | useful range | seen | measured |", "|---|---|---|---|---|---|"]
        for direction in catalogue.directions:
            proof = direction.evidence if direction.HasField("evidence") else None
            cells = (
                direction.name,
                "; ".join([f"{direction.index}{', reversed' * direction.reversed}", *_weights(direction)]),
                "; ".join(f"{part.layer_start} to {part.layer_end - 1}" for part in (direction, *direction.further)),
                f"{direction.sigmas_start:g} to {direction.sigmas_end:g} sigma",
                _plain(direction.note),
                f"{proof.attribute}: Spearman's rho {proof.spearman_rho:.2f}, {proof.num_seeds} seeds" if proof else "",
            )
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
        lines += _side_effects(catalogue.directions)
    else:
        lines += ["No component has a name.", ""]
    if catalogue.rejected_components:
        lines += [f"Nothing useful in the components {', '.join(map(str, catalogue.rejected_components))}.", ""]
    named = [region for region in catalogue.regions if region.name or region.note or region.rejected]
    if named:
        lines += ["| region | name | seen | |", "|---|---|---|---|"]
        entries = region_entries(manifest.regions)
        for region, entry in ((region, entries[region.index]) for region in named):
            said = ["found in the pixels"] * bool(entry.part) + ["nothing useful"] * region.rejected
            lines.append(f"| {region.index} | {region.name} | {_plain(region.note)} | {', '.join(said)} |")
        lines.append("")
    elif catalogue.regions:
        lines += ["No region has a name.", ""]
    for field, what in (
        ("default_epsilon", "Epsilon of a transfer that names none"),
        ("low_resolution_epsilon", "Largest epsilon of 4x4 and 8x8 layers"),
    ):
        if catalogue.HasField(field):
            lines += [f"{what}: {getattr(catalogue, field):g}.", ""]
    if manifest.HasField("reach_evidence"):
        lines += [_reach(manifest.reach_evidence), ""]
    return "\n".join(lines)


def _reach(found: ReachEvidence) -> str:
    said = [
        f"of {images} {where}, {100 * unlike / images:.3g} % look unlike real ones"
        for unlike, images, where in (
            (found.unlike_within, found.images_within, "within the distance from the mean of W to which edits may go"),
            (found.unlike_beyond, found.images_beyond, "beyond it"),
        )
        if images
    ]
    return f"Edited images: {'; '.join(said)}."


def _weights(direction: NamedComponent) -> list[str]:
    return [f"{part.weight:+.2f} of {part.index}" for part in direction.further]


def _side_effects(directions: Sequence[NamedComponent]) -> list[str]:
    """The matrix of directions and attributes: what was measured at both ends of the useful range."""
    attributes = list(dict.fromkeys(effect.attribute for named in directions for effect in named.side_effects))
    if not attributes:
        return []
    lines = [
        "Side effects: mean change at the start and at the end of the useful range, in standard deviations of the "
        "attribute over images.",
        "",
        f"| direction | {' | '.join(name.replace('_', ' ') for name in attributes)} |",
        "|---|" + "---:|" * len(attributes),
    ]
    for named in directions:
        found = {effect.attribute: f"{effect.at_start:+.2f}, {effect.at_end:+.2f}" for effect in named.side_effects}
        if found:
            lines.append(f"| {named.name} | {' | '.join(found.get(name, '') for name in attributes)} |")
    return [*lines, ""]


def _plain(note: str) -> str:
    """A note that cannot end a table cell or be taken for a mark."""
    return note.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
