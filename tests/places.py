"""Where things stand in the repository."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "data"
TINY_BUNDLE = DATA / "tiny_bundle"
GOLDEN = DATA / "golden" / "stylegan2_32.npz"
MSYNTH = DATA / "msynth"
WEB = ROOT / "services" / "studio" / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"  # there once the pages' packages are: `make install-test`
DEMO_BUNDLE = ROOT / "deploy" / "bundles" / "demo"
DEMO_CHECKPOINT = ROOT / "deploy" / "checkpoints" / "demo"
DEMO_SIZE = int(json.loads((DEMO_BUNDLE / "manifest.json").read_bytes())["dimensions"]["resolution"])  # pixels


def sources(folder: str, pattern: str) -> list[Path]:
    """Our own files below a folder of the repository, sorted: what npm has installed there is none of ours."""
    found = (ROOT / folder).rglob(pattern)
    return sorted(path for path in found if "node_modules" not in path.parts and path.is_file())
