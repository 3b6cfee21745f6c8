"""The listing of the folders is the architecture: rooms, not loose modules, and tests that mirror them."""

from pathlib import Path

import pytest

from tests.places import ROOT

PACKAGES = ("mammoganesis", "services", "training")


def _rooms(package: Path) -> set[str]:
    return {path.name for path in package.iterdir() if path.is_dir() and (path / "__init__.py").is_file()}


def test_no_module_is_loose_in_services() -> None:
    assert [path.name for path in (ROOT / "services").glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_says_what_it_is(package: str) -> None:
    silent = [
        room
        for room in _rooms(ROOT / package) - {"v1"}
        if not (ROOT / package / room / "__init__.py").read_text().startswith('"""')
    ]
    assert silent == []


@pytest.mark.parametrize("package", PACKAGES)
def test_tests_stand_in_the_folders_of_what_they_test(package: str) -> None:
    tests = ROOT / "tests" / package
    folders = {path.name for path in tests.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= _rooms(ROOT / package)
    loose = {path.stem.removeprefix("test_") for path in tests.glob("test_*.py")}
    assert loose <= {path.stem for path in (ROOT / package).glob("*.py")}
