"""One running system under fire: processes die and the bundle is replaced while clients call, in a short form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.system import TINY, System
from tests.faults.injection import KINDS
from tests.faults.pieces import Finding, kills, stillness, updates
from tests.faults.running import system

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.timeout(1800)]


@dataclass
class Served:
    system: System
    link: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("faults")
    link = folder / "bundle"
    link.symlink_to(TINY)
    with system(folder, link) as running:
        yield Served(running, link)


def holds(finding: Finding) -> None:
    """But for what a busy machine makes late."""
    late = [each for each in finding.broken if "was back after" in each and "inf" not in each]
    assert finding.broken == late, str(finding)


def test_light_applications_engine_and_proxy_die_under_load(served: Served, tmp_path: Path) -> None:
    kinds = [KINDS[name] for name in ("sampling", "pca_editing", "style_transfer", "engine", "haproxy")]
    finding = kills.on(served.system, tmp_path, kills=5, calls=200, kinds=kinds, most=3, pause=0.2)
    holds(finding)


def test_what_stands_still_is_replaced(served: Served, tmp_path: Path) -> None:
    holds(stillness.on(served.system, tmp_path, [KINDS[name] for name in ("haproxy", "redis")]))


def test_another_bundle_takes_its_place_under_load(served: Served, tmp_path: Path) -> None:
    finding = updates.on(served.system, served.link, tmp_path, [updates.OTHER], calls=200, clients=4)
    assert not finding.broken, str(finding)
