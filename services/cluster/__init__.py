"""The door to Ray: four Serve applications in a cluster of our own.

    __main__.py      the process: starts Ray and Serve, deploys, waits, stops
    progress.py      the lines by which it tells how far it is
    settings.py      the environment that makes Ray small, quick to start and closed to others
    applications.py  sampling, pca_editing, style_transfer (gRPC ingress) and engine; `deploy/serve/config.yaml` too
    ingress.py       a gRPC call as a servicer sees it: secret, deadline, errors
    serve_engine.py  the engine as the other applications see it, through a deployment handle

Nothing else in the services imports Ray, except `services.bulk`.
"""
