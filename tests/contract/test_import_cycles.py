"""No module of ours imports itself, by whatever way round: also not for its types only, or inside a function."""

import graphlib
from collections.abc import Mapping, Set

import grimp
import pytest

# Dependency -> the one module of training, or below it, that imports it.
DOORS = {"tqdm": "mammoganesis.terminal.progress", "matplotlib": "training.figures.plots"}
PACKAGES = ("mammoganesis", "services", "training")


def circle_in(imports: Mapping[str, Set[str]]) -> list[str]:
    """The modules of one circle in module -> imported modules, the first also last; empty without any."""
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


def test_no_module_imports_itself_round_a_circle() -> None:
    graph = grimp.build_graph(*PACKAGES)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 200
    assert circle_in(imports) == []


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, set()),
        ({"a": {"b", "c"}, "b": {"c"}, "c": {"b"}}, {"b", "c"}),
    ],
)
def test_a_circle_is_found(imports: dict[str, set[str]], expected: set[str]) -> None:
    assert set(circle_in(imports)) == expected


@pytest.mark.parametrize("dependency", DOORS)
def test_training_has_one_door_to_a_dependency(dependency: str) -> None:
    graph = grimp.build_graph("mammoganesis", "training", include_external_packages=True)
    assert graph.find_modules_that_directly_import(dependency) == {DOORS[dependency]}
