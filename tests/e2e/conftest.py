"""One cluster for all end-to-end tests."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterator

import grpc
import pytest

from services.process.children import descendants
from tests.e2e.system import COPIED, System, launched, left
from tests.support.otlp_collector import Collector, collecting
from tests.support.serving import guarded_copy


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows, where a test fails, what the running system has printed and the last lines of its edge."""
    report = yield
    system = getattr(item, "funcargs", {}).get("system")
    if report.failed and isinstance(system, System):
        report.sections.append(("what the system says", system.account()))
    return report


@pytest.fixture(scope="package")
def collector() -> Iterator[Collector]:
    """Gets the traces of the running system."""
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[System]:
    """The running system, whose guard keeps the image of COPIED in; at the end Ctrl-C must leave nothing behind."""
    bundle = guarded_copy(tmp_path_factory.mktemp("guarded") / "bundle", [COPIED])
    options = ("--bundle", str(bundle), "--traces-endpoint", collector.endpoint)
    settings = {"MAMMOGANESIS_GUARD": "on"}
    for name in ("edge", "studio"):
        file = tmp_path_factory.mktemp("secrets") / f"{name}.secret"
        file.write_text(f"{secrets.token_hex(32)}\n")
        file.chmod(0o600)
        settings[f"MAMMOGANESIS_{name.upper()}_SECRET_FILE"] = str(file)
    with launched(tmp_path_factory.mktemp("quickstart"), *options, settings=settings) as system:
        system.wait_until_up()
        yield system
        folder, below = system.folder, descendants(system.process.pid)
        assert system.stop() == 0, system.output
        assert not folder.exists()
        assert not left(below)


@pytest.fixture
def channel(system: System) -> Iterator[grpc.Channel]:
    """A plain channel to the edge."""
    with system.channel() as channel:
        yield channel
