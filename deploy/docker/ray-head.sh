#!/bin/sh
# `ray-head CONFIG`: a Ray head that runs the Serve applications of CONFIG. For one container; on Kubernetes KubeRay does this.
# The dashboard stays on loopback: with it, whoever has the token can run code.
set -eu
config=$1
(
    sleep 5
    until serve deploy "$config"; do sleep 2; done
) &
exec ray start --head --block --dashboard-host 127.0.0.1 --object-store-memory 209715200 --disable-usage-stats
