"""What GPUs get as one kernel of Triton each, where plain torch makes several of it: activation and resampling.

The plain form stands in `training.networks`, computes everywhere else, and is what the kernels are held against. Here
are the formulas; beside them, in files that end in `_triton`, the kernels, which alone import Triton.

Each is an operator of torch, so that fake tensors and `torch.compile` know its shapes without looking into it.
"""
