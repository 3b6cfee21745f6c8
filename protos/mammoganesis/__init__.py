"""Generated code of the MammoGANesis protocol buffers: `v1` is the public contract, `bundle.v1` the manifest between training and services."""
