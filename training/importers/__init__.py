"""Networks of other projects, read without executing them, as checkpoints of this one.

unpickle   the pickle reader that knows a short list of names and calls none of them
archives   torch's file formats: bytes -> objects whose tensors are still in place
child      the process that reads: limits, no network, no imports; hands back safetensors and JSON
sandbox    starts that process and distrusts what it says
nvidia, rosinality   layouts -> the names and sizes of `training.networks`
network    sizes from shapes; the checkpoint
"""
