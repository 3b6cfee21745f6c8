#!/bin/sh
# `ray-head CONFIG`: a Ray head that runs the Serve applications of CONFIG. For one container; on Kubernetes KubeRay does this.
# The dashboard stays on loopback: with it, whoever has the token can run code.
set -eu
config=$1
# Proxies that Docker hands on to its containers are for the world outside.
export no_proxy="localhost,127.0.0.1,::1${no_proxy:+,$no_proxy}"
export NO_PROXY="$no_proxy"
(
    sleep 5
    until serve deploy "$config"; do sleep 2; done
) &
exec ray start --head --block --dashboard-host 127.0.0.1 --metrics-export-port 8080 --object-store-memory 209715200 --disable-usage-stats
