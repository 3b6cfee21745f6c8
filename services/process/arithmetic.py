"""The words by which an execution provider and a precision are asked for: settings, options, and the choice."""

AUTO = "auto"
PROVIDERS = (AUTO, "onnxruntime", "openvino", "cuda")
PRECISIONS = (AUTO, "float32", "bfloat16", "float16")
