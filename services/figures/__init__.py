"""The three figures of the paper, and the regions of one image, drawn from whatever bundle a client talks to.

samples.py     Fig. 1: uncurated samples
components.py  Fig. 2: rows of components, columns of displacements
transfers.py   Fig. 3: target, reference, region, result, difference
regions.py     one image with each of its regions outlined

In each of the three figures, `draw` is a pure function of arrays and `make` asks a client for them.
"""
