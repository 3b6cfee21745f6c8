"""The model as a library: what services and training both stand on. No torch, no Ray, no server.

errors      the tree of errors
files       folders and files here or elsewhere, written whole
editing     latents, component edits, style transfers: arithmetic on arrays
recipe      how an image comes to be: ranges, the walk that checks and completes, JSON, identity, plain words
bundle      the served model: manifest, files, arrays, networks, golden cases, catalogue
pictures    pixels, PNG with its recipe, pages of pictures
terminal    what both command lines share
v1, bundle.v1    generated code of the protocol buffers: the public contract, and the manifest of a bundle
"""
