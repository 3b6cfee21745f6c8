"""The edge: the one gRPC port that clients see.

    client --gRPC--> server.py --> forwarding.py --raw bytes + application, secret, request id, deadline--> Ray Serve
                        |               |-- routes.py (path -> application)
                        |               |-- uploads.py (requests on their way in: sizes, turns, bytes held)
                        |               `-- admission.py (what the engine gets, and when: line.py, capacity.py)
                        `-- own_services.py: health.py (grpc.health.v1, fed by probing the applications), reflection.py

What goes beside the messages (metadata, and what an error may say) is `services.wire`'s.

A thin, stateless process of its own, not a Ray actor: any number of them may stand side by side. Ordinary generated
stubs work with no special metadata.
"""
