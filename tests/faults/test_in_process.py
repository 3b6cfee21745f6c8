"""The goals that need no cluster, in a short form. `make faults` has them at full size, and the times."""

from __future__ import annotations

from pathlib import Path

from tests.faults.pieces import Finding, abuse, bundles, disks, fuzz, pages, redis_faults

TIMES = ("waited", "costs")
"""In the words of what depends on how busy a machine is: judged by `make faults` alone."""


def holds(finding: Finding) -> None:
    assert not [each for each in finding.broken if not any(word in each for word in TIMES)], str(finding)


def test_messages_changed_at_random(tmp_path: Path) -> None:
    holds(fuzz.prove(tmp_path, calls=2000, records_calls=500, edge_calls=200, seed=7))


def test_http_requests_changed_at_random(tmp_path: Path) -> None:
    holds(pages.prove(tmp_path, requests=1000, edge_requests=100, seed=7))


def test_damages_of_a_bundle(tmp_path: Path) -> None:
    holds(bundles.prove(tmp_path, flips=13, seed=7))


def test_redis_at_its_worst(tmp_path: Path) -> None:
    holds(redis_faults.prove(tmp_path, calls=60))


def test_abuse_by_clients(tmp_path: Path) -> None:
    holds(abuse.prove(tmp_path, share=0.02))


def test_a_full_disk_and_a_clock_that_jumps(tmp_path: Path) -> None:
    holds(disks.prove(tmp_path, calls=5))
