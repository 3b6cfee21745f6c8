#!/usr/bin/env bash
# Chromium and its driver for the tests marked `browser`. Installs them where it may; otherwise says what is missing.
set -euo pipefail

missing() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || echo chromium
    command -v chromedriver >/dev/null || echo chromium-driver
}

mapfile -t packages < <(missing)
[ ${#packages[@]} -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${packages[*]} for the browser tests"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null || true
    mapfile -t packages < <(missing)
fi
if [ ${#packages[@]} -gt 0 ]; then
    echo "missing for the tests marked 'browser': ${packages[*]} (Debian: apt-get install chromium chromium-driver)" >&2
fi
