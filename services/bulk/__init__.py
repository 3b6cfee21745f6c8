"""Bulk jobs: many images to a folder or an object store, in shards through Ray, resumable after any crash.

    document.py      the job as one document: read, judged, completed; no bundle needed
    cut.py           which images each shard has
    wishes.py        the same out of the command's options
    plan.py          the job bound to its bundle: recipe, name and place of image i; draws.py has the single draws
    offered.py       what the bundle has of what the document names
    shards.py        what a shard is made of; manifest.py is its list, as Parquet
    destination.py   where all of it goes: whole objects, asked for patiently
    found.py         what is there already
    workers.py       Ray: processes with an engine each; pool.py gives them shards; processors.py shares out processors
    driver.py        the run: what is missing goes to the workers, until nothing is
    contents.py      its images, one after the other
    verification.py  whether everything is there, once and right

A destination looks like this; every name follows from indices alone:

    job.json                  the document, complete; another job is refused
    images/00000000.png       or shards/000000.tar, or studies/00000000/00000000.dcm
    manifest/000000.parquet   of a shard, written after its files: where it is, the shard is done
    manifest.parquet, .jsonl  of all of them, when all are done
    finished.json             written last
"""
