"""The studio: a page for sampling and editing in a browser, and one for curating components and regions.

app.py            the Starlette application: which address leads where
surroundings.py   where it stands: headers, names and path that it answers to
connections.py    how many, and how long a request or an answer may take
bodies.py         JSON that comes in, bounded and checked
bridge.py         JSON in, RPC at the edge, JSON out
curation.py       new versions of the bundle, written from what was curated
failures.py       what went wrong, as an answer
static/           the pages: HTML, CSS and JavaScript of our own, nothing from elsewhere
"""
