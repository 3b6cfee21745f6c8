"""Proof under fire: a running system is killed, starved, flooded and left alone, and every answer is judged.

python -m tests.faults --help     the whole proof, piece by piece (`make faults`); test_*.py has a short form of it
calls.py      requests, and the digests of the images that they must give, from servicers in a process of their own
traffic.py    a process that makes these calls and writes down what came, one line a call
history.py    what may be said of such a record: wrong bytes, codes, outages
injection.py  signals to processes below our own launcher
kept.py       records' RPCs in this process
requests.py   HTTP requests changed at random; mutation.py: messages; readers.py: files, under atheris
growth.py     memory and descriptors of processes over time, and their slope with its interval
pieces/       one goal each, at any size
"""
