"""The studio: one page for sampling and editing in a browser.

app.py        the Starlette application: static files, headers, limits
bridge.py     JSON in, RPC at the edge, JSON out
static/       the page: HTML, CSS and JavaScript of our own, nothing from elsewhere
"""
