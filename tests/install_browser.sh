#!/usr/bin/env bash
# Chromium for the tests marked `browser`, PostgreSQL for those of records. Installs them where it may; otherwise says what is missing.
set -euo pipefail

missing() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || echo chromium
    command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
}

mapfile -t packages < <(missing)
[ ${#packages[@]} -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${packages[*]} for the tests"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null || true
    mapfile -t packages < <(missing)
fi
if [ ${#packages[@]} -gt 0 ]; then
    echo "tests of the browser or of PostgreSQL are left out: ${packages[*]} missing (Debian: apt-get install chromium postgresql)" >&2
fi
