"""Measurements of a trained generator and of what editing does to its images.

commands.py, requests.py                     `mammoganesis-training evaluate locality|directions|metrics|neighbours`
network.py                                   a checkpoint or a bundle as arrays in, arrays out
arrays.py                                    components.npz and regions.npz, and whether they belong to a network
locality.py, locality_choice.py              how much of a local edit stays in its region, and which epsilon to take
attributes.py, view.py                       what can be measured on a mammogram: areas, brightness, muscle; CC or MLO
reference.py                                 what is usual, in real images or samples
directions.py                                what moving along components changes, and over which range
rules.py                                     what a direction must keep to bear a name
combinations.py, search.py                   combinations that move one attribute and hold the others still
proposals.py, study.py                       names for what keeps the rules; all of it on one network
locality_run.py, locality_report.py          the command's way through, its tables and plots
directions_run.py, directions_report.py,
side_effects_report.py                       likewise
"""
