"""The studio: a page for sampling and editing in a browser, and one for curating components and regions.

app.py        the Starlette application: static files, headers, limits
bridge.py     JSON in, RPC at the edge, JSON out
curation.py   new versions of the bundle, written from what was curated
static/       the pages: HTML, CSS and JavaScript of our own, nothing from elsewhere
"""
