"""The studio: a page for sampling and editing in a browser, and one for curating components and regions.

app.py            the Starlette application: which address leads where
surroundings.py   where it stands: headers, names and path that it answers to
connections.py    how many, and how long a request or an answer may take
bodies.py         JSON that comes in, bounded and checked
calls.py          the public RPCs at the edge
connect.py        them by the Connect protocol and gRPC-Web
origins.py        other sites' pages that may make them
sessions.py       who sits at a browser, and that a change is really asked for by them
login.py          logging in and out by an identity provider
renewal.py        asking it again from time to time
gate.py           who may have which address
links.py          who holds a shared link, without a login
entrance.py       all this, from the configuration
visitors.py       who a request is answered for, for whatever calls the edge
curation.py       new versions of the bundle, written from what was curated
effects.py        what else a direction moves, measured on request
failures.py       what went wrong, as an answer
web/              sources of the pages: TypeScript, Preact; see web/build.sh
pages/            what they build
"""
