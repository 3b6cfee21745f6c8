"""From folders of mammograms to memory-mapped training images.

images.py, dicom.py   a file -> grey values, by mammoganesis.pictures; reading.py picks one by content
columns.py            a CSV file, whatever wrote it, and which column says what
listing.py            folders and CSV files -> the list of source images
patients.py           whose an image is, and the split by patient
identity.py           whether a file says who its patient is
pseudonyms.py         stand-ins for patients, by a key
duplicates.py         the same image twice
collection.py         what becomes a set, image by image, and the account of it
earlier.py            the set that is extended
index.py              index.json: what is written of the account, and how it is read
fields.py             which labels a set may have
prepare.py            all of it -> shards and index.json
dataset.py            shards -> batches and their labels, in an order that a resume continues exactly
prefetch.py           batches, read ahead by a thread
"""
