"""What training, services and clients share.

v1 and bundle.v1    generated code of the protocol buffers: the public contract, and the manifest of a bundle
bundle.catalogue    what a person said about a bundle's components and regions, as a file and in the manifest
"""
