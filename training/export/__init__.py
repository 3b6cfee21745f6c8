"""Checkpoint -> bundle: three ONNX graphs, statistics, golden cases and a manifest.

graphs.py        inference form of the networks, as small torch modules
onnx_files.py    torch module -> ONNX bytes, and running them
golden.py        cases with known results, computed by PyTorch
verification.py  ONNX Runtime against PyTorch
catalogues.py    components.npz and regions.npz, checked
names.py         curated names of components and regions
model_card.py    MODEL_CARD.md
bundle.py        the folder: files, manifest, checks, atomic write
commands.py      `mammoganesis-training export`
"""

from training.export.bundle import BundleParts, BundleTexts, Training, write_bundle

__all__ = ["BundleParts", "BundleTexts", "Training", "write_bundle"]
