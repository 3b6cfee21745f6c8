"""DICOM files of ours to a server of others, by STOW-RS or C-STORE; whether they are there is asked afterwards.

instances.py   what is sent: synthetic images and what stands beside them, nothing else
servers.py     what a server is called, and how its address is written
stow.py        DICOMweb: STOW-RS to store, QIDO-RS to ask
dimse.py       DIMSE: C-STORE to store, C-FIND to ask
delivery.py    the run: all is stored, then counted by what the server says that it has
"""
