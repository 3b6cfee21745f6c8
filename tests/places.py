"""Where things stand in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "data"
TINY_BUNDLE = DATA / "tiny_bundle"
GOLDEN = DATA / "golden" / "stylegan2_32.npz"
MSYNTH = DATA / "msynth"
DEMO_BUNDLE = ROOT / "deploy" / "bundles" / "demo"
