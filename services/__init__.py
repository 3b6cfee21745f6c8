"""The serving side of MammoGANesis. No torch here: what training made comes in as a bundle.

The way of the data, and where each step stands:

    e-learning platform --gRPC--> edge --> sampling | pca_editing | style_transfer --> engine --> image
    browser --HTTP--> studio --gRPC--^     (servicers; Ray Serve applications)     (ONNX Runtime)

    request   servicers/requests   every rule of every field, before any work
      |       recipe               latent -> complete recipe -> canonical JSON -> latent id
      v
    seed -> z   editing/latents    z [1, z_dim] = RandomState(seed).randn
      |
      v       bundle (mapping.onnx)                                 cache keeps this w, before truncation
    w [w_dim]
      |       editing/latents      truncate: w_avg + psi * (w - w_avg)
      v
    ws [num_ws, w_dim]
      |       editing/components   w' = w + sum_k sigmas_k * deviation_k * component_k on its layers
      v       bundle (affine.onnx)
    styles [num_styles]
      |       editing/transfer     s' = s + strength * q * (s_reference - s) on the chosen channels
      v       rendering/engine (synthesis.onnx, batched, noise of each image from its own seed)
    image [C, H, W]
      |       pictures             PNG with its recipe in text chunks, or raw float32
      v
    response

`servicers`, `rendering` and below are this package's; `editing`, `recipe`, `bundle` and `pictures` are the library's
(`mammoganesis`). `rendering/renderer` walks this way for one recipe. The rooms, from the floor up:

    process, observability   settings, children, ports; logs
    wire                     errors as gRPC statuses, metadata, channels
    rendering                renderer, engine, cache
    servicers                the services, free of any transport, and their assembly
    client, edge             the two ends of a channel
    cluster, studio, bulk, figures   Ray Serve; the browser's server; jobs; the paper's figures
    launch, cli              everything on one machine; the command line

Each dependency has one door (`tests/contract/test_import_rules.py`). Nothing here is for diagnosis, and no image is of
a patient.
"""

import os

# gRPC's core writes lines of its own to standard error, at INFO for every stranger's failed handshake. At ERROR it says
# why it ends a process; at NONE not even that. Read at its import.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
