"""Checkpoint -> bundle: ONNX graphs, statistics, golden cases and a manifest.

graphs.py           mapping and affine layers as small torch modules of constants
synthesis_graph.py  synthesis likewise, whole or its first blocks (the preview)
preview_match.py    what brings previews to the brightness of whole images
half_precision.py   synthesis in float16
models.py           all graphs of one bundle
onnx_files.py       torch module -> ONNX bytes
golden.py           cases with known results, computed by PyTorch
guard_graph.py      features by which copies of training images are told
guard_index.py      the same of the training images, the limit, and what is refused
verification.py     ONNX Runtime against PyTorch
discovered.py       components.npz and regions.npz, of this generator
evaluations.py      results of `evaluate`, of this generator
evaluation_forms.py what such a file must hold
card_results.py     the same as sections of the card
model_card.py       MODEL_CARD.md
terms.py            licence and attribution: given, of the data, or refused
bundle.py           the parts of a bundle put together
commands.py         `mammoganesis-training export`

`mammoganesis.bundle` judges arrays and names, and writes the folder.
"""

from training.checkpoints.origin import Training
from training.export.bundle import BundleParts, BundleTexts, export_bundle

__all__ = ["BundleParts", "BundleTexts", "Training", "export_bundle"]
