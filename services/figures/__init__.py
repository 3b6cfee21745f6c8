"""The three figures of the paper, drawn from whatever bundle a client talks to.

page.py        pictures in rows and columns, with headings, row labels, a colour bar and a caption
samples.py     Fig. 1: uncurated samples
components.py  Fig. 2: rows of components, columns of displacements
transfers.py   Fig. 3: target, reference, region, result, difference

In each of the three, `draw` is a pure function of arrays and `make` asks a client for them.
"""
