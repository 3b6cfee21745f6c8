"""The paper's figures, a sheet of a direction, and the regions of an image, of whatever bundle a client talks to.

samples.py     Fig. 1: uncurated samples
components.py  Fig. 2: rows of components, columns of displacements
transfers.py   Fig. 3: target, reference, region, result, difference
directions.py  one curated direction over its useful range, a row a seed
regions.py     one image with each of its regions outlined

In each of the figures `draw` is a pure function of arrays, and `make` asks a client for them.
"""
