"""The door to Ray: four Serve applications in a cluster of our own.

    __main__.py      the process: starts Ray and Serve, deploys, waits, stops; tells how far it is by the lines of STEPS
    pulse.py         a file whose time says that Ray does its work
    settings.py      the environment that makes Ray small, quick to start and closed to others
    rollout.py       what is deployed, and how another bundle takes the place of the one that is served
    applications.py  sampling, pca_editing, style_transfer (gRPC ingress) and engine; `deploy/serve/config.yaml` too
    door.py          Serve's gRPC servers read a call only when it is the edge's
    ingress.py       a gRPC call as a servicer sees it: secret, deadline, errors
    serve_engine.py  the engine as the other applications see it, by its socket or through a deployment handle
    engine_messages.py   what goes to the engine past that handle, and back (the socket: `services.wire.sockets`)
    replica_socket.py    a replica's end of the edge's way past Serve's proxy

Nothing else in the services imports Ray, except `services.bulk`.
"""

RAY_UP = "Ray is up"
SERVE_UP = "Ray Serve is up"
APPLICATIONS_UP = "the applications are up"
BUNDLE = "update: "
"""The beginning of the line about an update."""
STEPS = (RAY_UP, SERVE_UP, APPLICATIONS_UP)
