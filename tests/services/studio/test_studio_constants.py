"""Defaults and ranges stand in the server alone: the pages take them from GetModel and GET /curation."""

from __future__ import annotations

import re

from mammoganesis.bundle.catalogue_file import MAX_NOTE
from mammoganesis.bundle.names import MAX_NAME
from mammoganesis.recipe.limits import DEFAULT_EPSILON, NAME_PATTERN
from services.client import Client
from services.studio.curation import MAX_VERSION
from tests.places import ROOT, sources
from tests.support.serving import TINY


def test_no_default_or_range_of_the_server_stands_in_a_page() -> None:
    with Client.local(TINY) as client:
        editing = client.model().editing
    numbers = {editing.psi, editing.epsilon, DEFAULT_EPSILON, editing.max_epsilon, editing.max_sigmas, editing.max_seed}
    literals = [re.escape(f"{number:.12g}") for number in numbers] + [re.escape(editing.name_pattern)]
    web = ROOT / "services" / "studio" / "web" / "src"
    pages = [path for folder in ("curation", "studio") for path in (web / folder).rglob("*.ts*")]
    written = [path for path in pages if ".test." not in path.name]
    assert len(written) > 20
    found = [
        f"{path.name}: {match[0]}"
        for path in written
        for match in re.finditer(rf"(?<![\w.#&-])({'|'.join(literals)})(?![\w.%])", path.read_text())
    ]
    assert found == []
    pages = "".join(path.read_text() for path in written)
    assert "429496" not in pages
    assert not [length for length in (MAX_NAME, MAX_NOTE, MAX_VERSION) if f'length="{length}"' in pages]


def test_the_pattern_of_names_stands_once() -> None:
    found = [
        str(path.relative_to(ROOT))
        for folder in ("mammoganesis", "services", "training")
        for path in sources(folder, "*")
        if path.suffix in (".py", ".js", ".html", ".ts", ".tsx")
        if ".test." not in path.name and NAME_PATTERN in path.read_text()
    ]
    assert found == ["mammoganesis/recipe/limits.py"]
