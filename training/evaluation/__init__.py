"""Measurements of a trained generator and of what editing does to its images.

commands.py, requests.py                     `mammoganesis-training evaluate locality|directions|metrics|neighbours`
network.py                                   a checkpoint or a bundle as arrays in, arrays out
arrays.py                                    components.npz and regions.npz, and whether they belong to a network
locality.py, locality_choice.py              how much of a local edit stays in its region, and which epsilon to take
attributes.py                                what can be measured on a mammogram: areas, brightness, pectoral muscle
directions.py, proposals.py                  what every principal component changes, over which range, and a name for it
locality_run.py, locality_report.py          the command's way through, its tables and plots
directions_run.py, directions_report.py      likewise
"""
