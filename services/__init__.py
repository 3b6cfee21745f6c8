"""The serving side of MammoGANesis. No torch here: what training made comes in as a bundle.

The way of the data, and the module that each step stands in:

    e-learning platform --gRPC--> edge --> sampling | pca_editing | style_transfer --> engine --> image
    browser --HTTP--> studio --gRPC--^     (servicers; Ray Serve applications)     (ONNX Runtime)

    request   validation   every rule of every field, before any work
      |       recipes      latent -> complete recipe -> canonical JSON -> latent id
      v
    seed -> z   latents    z [1, z_dim] = RandomState(seed).randn
      |
      v       onnx_sessions (mapping.onnx)                          cache keeps this w, before truncation
    w [w_dim]
      |       latents      truncate: w_avg + psi * (w - w_avg)
      v
    ws [num_ws, w_dim]
      |       pca_editing  w' = w + sum_k sigmas_k * deviation_k * component_k on its layers
      v       onnx_sessions (affine.onnx)
    styles [num_styles]
      |       style_transfer  s' = s + strength * q * (s_reference - s) on the chosen channels
      v       engine (synthesis.onnx, batched, noise of each image from its own seed)
    image [C, H, W]
      |       images       PNG with its recipe in text chunks, or raw float32
      v
    response

`renderer` walks this way for one recipe. `bundle` reads and checks the model, `config` holds the settings, `errors` the
error tree and its table to gRPC status codes, `calls` what a servicer knows of its call. `edge` is the door to the
outside, `cluster` puts the servicers into Ray Serve, `client`, `figures` and `cli` are the other end.

Each dependency has one door: redis is imported by `cache`, PIL by `images` and `figures`, onnxruntime by
`onnx_sessions`, ray by `cluster` and `bulk`. Nothing here is for diagnosis, and no image is of a patient.
"""
