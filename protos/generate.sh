#!/usr/bin/env bash
# Compiles the protos into the package mammoganesis/. `generate.sh --check` fails when the committed code is not what the protos say.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
out=.
if [ "${1:-}" = "--check" ]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
fi
mapfile -t files < <(cd protos && find mammoganesis -name '*.proto' | LC_ALL=C sort)
"$python" -m grpc_tools.protoc -I protos --python_out="$out" --pyi_out="$out" "${files[@]}"
mapfile -t services < <(cd protos && grep -l '^service ' "${files[@]}")
"$python" -m grpc_tools.protoc -I protos --grpc_python_out="$out" "${services[@]}"
if [ "$out" != . ]; then
    stale=0
    while IFS= read -r generated; do
        diff -q "$out/$generated" "$generated" >/dev/null 2>&1 || { echo "stale: $generated (run: make protos)"; stale=1; }
    done < <(cd "$out" && find . -name '*_pb2*')
    exit $stale
fi
