"""Curation: a person looks at the components and regions of a bundle and says what they are.

sheets.py     contact sheets: every component over its range, every region with transfers into it
page.py       index.html around the sheets
proposals.py  names, ranges, evidence and side effects from measured attributes
review.py     question and answer in the terminal, saved after every answer
commands.py   `mammoganesis-training curate`

The result is catalogue.json; `mammoganesis.bundle.writing` makes a new version of the bundle of it.
"""
