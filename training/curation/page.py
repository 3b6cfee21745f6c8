"""index.html: all sheets on one page, with what the catalogue says of each."""

from __future__ import annotations

from html import escape

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from training.curation.sheets import component_file, region_file

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Curation of {name} {version}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2rem auto; padding: 0 1rem; }}
img {{ max-width: 100%; border: 1px solid #ccc; }}
code {{ background: #eee; padding: 0 .2em; }}
section {{ margin-top: 2.5rem; }}
</style>
<h1>Curation of {name} {version}</h1>
<p>Synthetic images; not for diagnosis. Look at the sheets, write what you see into
<a href="catalogue.json">catalogue.json</a> beside this page, and make a new version of the bundle of it:</p>
<p><code>mammoganesis-training curate apply BUNDLE catalogue.json --out NEW_BUNDLE</code></p>
<p>A direction needs <code>name</code>, <code>index</code> (the component), <code>layer_start</code> and
<code>layer_end</code>; <code>reversed</code>, <code>sigmas_start</code>, <code>sigmas_end</code> and <code>note</code>
where they help. List components that show nothing useful under <code>rejected_components</code>.</p>
{sections}
</html>
"""


def page(bundle: Bundle, catalogue: Catalogue, num_components: int) -> str:
    """The page as HTML; the sheets lie beside it."""
    parts = []
    for index in range(min(num_components, bundle.num_components)):
        lines = [
            f"{d.name}{' (reversed)' if d.reversed else ''}: layers {d.layer_start} to {d.layer_end - 1}, "
            + "".join(f"with {f.weight:+g} of {f.index} in {f.layer_start} to {f.layer_end - 1}, " for f in d.further)
            + f"{d.sigmas_start:g} to {d.sigmas_end:g} sigma. {d.note}"
            + (f" [{d.evidence.attribute}: rho {d.evidence.spearman_rho:.2f}]" if d.HasField("evidence") else "")
            for d in catalogue.directions
            if d.index == index
        ]
        if index in catalogue.rejected_components:
            lines.append("rejected")
        parts.append(_section(f"Component {index}", lines, component_file(index)))
    for region in catalogue.regions:
        lines = [" ".join(filter(None, (region.name, region.note, "(rejected)" if region.rejected else "")))]
        lines += [f"{entry.name} where the {entry.field} is {entry.value}" for entry in region.labelled_names]
        parts.append(_section(f"Region {region.index}", lines, region_file(region.index)))
    return PAGE.format(
        name=escape(bundle.manifest.name), version=escape(bundle.manifest.version), sections="\n".join(parts)
    )


def _section(title: str, lines: list[str], file: str) -> str:
    text = "".join(f"<p>{escape(line)}</p>" for line in lines if line.strip()) or "<p>not curated</p>"
    return f'<section><h2>{title}</h2>{text}<img src="{file}" alt="{title}" loading="lazy"></section>'
