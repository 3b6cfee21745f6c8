"""Every damage of a bundle is refused before anything is drawn: bits turned over in each file, ends cut off, bytes
added, files that lack or are too many."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path

from mammoganesis.bundle.golden import check_golden
from mammoganesis.bundle.loading import open_bundle
from mammoganesis.errors import BundleError
from tests.e2e.system import TINY
from tests.faults.pieces import Finding


def taken(folder: Path) -> str | None:
    """None where a bundle is refused, as `serve` and `bundle check` refuse it; otherwise what happened."""
    try:
        check_golden(open_bundle(folder))
    except BundleError:
        return None
    except Exception as error:
        return f"ended with {type(error).__name__}: {error}"
    return "was taken"


def prove(folder: Path, flips: int = 300, seed: int = 1, bundle: Path = TINY) -> Finding:
    """As the module says."""
    rng, copy, wrong, done = random.Random(seed), folder / "copy", [], Counter[str]()
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(bundle, copy)
    files = sorted(path for path in copy.iterdir() if path.is_file())
    for path in files:
        whole = path.read_bytes()

        def attack(kind: str, data: bytes | None, path: Path = path, whole: bytes = whole) -> None:
            path.unlink() if data is None else path.write_bytes(data)
            found = taken(copy)
            # The manifest is what says who belongs to whom: another one is another bundle, if a sound one.
            if found and not (path.name == "manifest.json" and found == "was taken"):
                wrong.append(f"{path.name}: {kind} {found}")
            done[kind] += 1
            path.write_bytes(whole)

        for _ in range(-(-flips // len(files))):
            at, bit = rng.randrange(len(whole)), rng.randrange(8)
            attack("a bit turned over", whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
        attack("an end cut off", whole[: rng.randrange(len(whole))])
        attack("a byte added", whole + b"\x00")
        attack("empty", b"")
        attack("missing", None)
    if found := taken(copy):
        wrong += [] if found == "was taken" else [f"the whole bundle {found}"]
    else:
        wrong.append("the whole bundle is refused")
    return Finding(f"damages of {len(files)} files of a bundle are refused", dict(done), wrong)
