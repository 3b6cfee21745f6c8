"""Bulk jobs: many images into a folder, in shards through Ray, resumable after any crash.

    job.py         what a job is: seeds, recipe, format; the recipe and the file name of each index
    store.py       the folder: images, ledger, marker; what is already there and whether it is right
    processors.py  how many there are to share
    workers.py     Ray: one process a worker, each with an engine of its own
    driver.py      the run: what is missing goes to the workers, what comes back goes to the ledger

A folder looks like this; the name of a file depends on its index alone:

    job.json             what was asked for; another job is refused
    images/00000000.png  written under another name, synced, then renamed: a file that is there is whole
    manifest.jsonl       the ledger, a line an image: index, seed, file, sha256, latent_id, bundle_digest, recipe
    finished.json        written last: all images are there, and the ledger is sorted and complete
"""
