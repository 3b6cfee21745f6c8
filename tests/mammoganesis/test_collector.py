"""What is imported is not looked through by the garbage collector; what comes later is."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import pytest

from mammoganesis.collector import loading
from tests.places import ROOT


class Node:
    """One that refers to itself: only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


def test_nothing_is_collected_while_modules_come_and_everything_after() -> None:
    with loading():
        assert not gc.isenabled()
        kept = weakref.ref(Node())
    assert gc.isenabled()
    try:
        freed = weakref.ref(Node())
        gc.collect()
        assert freed() is None
        assert kept() is not None, "it came with the modules, and stays as they do"
    finally:
        gc.unfreeze()
        gc.collect()
    assert kept() is None


PROGRAM = """
import gc
rounds = []
gc.callbacks.append(lambda phase, about: rounds.append(about["generation"]))
import services.{name}.__main__
assert gc.isenabled()
assert gc.get_freeze_count() > 10_000
assert max(rounds, default=0) < 2, "everything was looked through"
"""


def test_a_module_that_is_not_there_leaves_the_collector_on() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError
    gc.unfreeze()
    assert gc.isenabled()


@pytest.mark.parametrize("name", ["edge", "records", "studio", "bulk"])
def test_programs_of_the_services_load_so(name: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(name=name)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_command_ends_without_a_last_look() -> None:
    """Which the interpreter takes after what is registered for the exit, and in which it finds the cycle."""
    program = """
import gc, sys
from mammoganesis.collector import OBJECTS, end_at_once, look_seldom
class Node:
    def __del__(self): print("found")
def leave():
    node = Node(); node.itself = node
{spare}
gc.disable()
leave()
"""
    said = []
    for spare in ("", "look_seldom(); end_at_once(); end_at_once(); assert gc.get_threshold()[0] == OBJECTS"):
        command = [sys.executable, "-c", program.format(spare=spare)]
        said.append(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    assert said == ["found\n", ""]
