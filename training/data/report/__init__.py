"""report.html of a prepared set: what came in, what stayed out and why, what to look at before training.

It says nothing of where an image comes from or whose it is: images have the numbers of their rows in the index.
"""
