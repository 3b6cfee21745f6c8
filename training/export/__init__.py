"""Checkpoint -> bundle: ONNX graphs, statistics, golden cases and a manifest.

graphs.py           mapping and affine layers as small torch modules of constants
synthesis_graph.py  synthesis likewise, whole or its first blocks (the preview)
preview_match.py    what brings previews to the brightness of whole images
half_precision.py   synthesis in float16
models.py           all graphs of one bundle
onnx_files.py       torch module -> ONNX bytes, and running them
golden.py           cases with known results, computed by PyTorch
verification.py     ONNX Runtime against PyTorch
discovered.py       components.npz and regions.npz, checked
model_card.py       MODEL_CARD.md
bundle.py           the folder: files, manifest, checks, atomic write
commands.py         `mammoganesis-training export`

The catalogue (names, ranges, notes) is `mammoganesis.bundle.catalogue`, shared with the services.
"""

from training.export.bundle import BundleParts, BundleTexts, Training, write_bundle

__all__ = ["BundleParts", "BundleTexts", "Training", "write_bundle"]
