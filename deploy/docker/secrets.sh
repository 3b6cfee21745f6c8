#!/usr/bin/env bash
# Draws the secrets of docker-compose.yml into .env (mode 600, not in git), which compose reads by itself. Keeps what is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
umask 077
touch .env
for name in MAMMOGANESIS_EDGE_SECRET MAMMOGANESIS_STUDIO_SECRET REDIS_PASSWORD RAY_AUTH_TOKEN; do
    grep -q "^$name=" .env || echo "$name=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" >>.env
done
echo "secrets are in .env"
