"""From folders of mammograms to memory-mapped training images.

images.py, dicom.py   the doors of PIL and pydicom: a file -> grey values
breast.py             grey values -> the paper's canonical pose (pure NumPy)
manifest.py           folders and CSV files -> the list of source images
prepare.py            all of it -> shards and index.json
dataset.py            shards -> batches and their labels, in an order that a resume continues exactly
prefetch.py           batches, read ahead by a thread
"""
