#!/usr/bin/env bash
# What the tests need from Debian: Chromium for those marked `browser`, PostgreSQL for those of records, Pango for those of PDF files, Prometheus, systemd,
# and for those of DICOM a server (Orthanc), judges (dicom3tools, dcmtk) and an encoder (openjph). Installs them where it may; otherwise says what is missing.
set -euo pipefail

missing() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || echo chromium
    command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
    compgen -G '/usr/lib/*/libpangoft2-1.0.so.0' >/dev/null || echo libpangoft2-1.0-0
    compgen -G '/usr/lib/*/libharfbuzz-subset.so.0' >/dev/null || echo libharfbuzz-subset0
    compgen -G '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' >/dev/null || echo fonts-dejavu-core
    command -v dciodvfy >/dev/null || echo dicom3tools
    command -v dcmj2pnm >/dev/null || echo dcmtk
    command -v ojph_compress >/dev/null || echo openjph-tools
    command -v Orthanc >/dev/null || echo orthanc
    compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || echo faketime
    command -v promtool >/dev/null || echo prometheus
    command -v systemd-analyze >/dev/null || echo systemd
    [ -e /usr/share/orthanc/plugins/libOrthancDicomWeb.so ] || echo orthanc-dicomweb
}

# Pages need Chromium's engine alone, which costs them half of what the whole one does; where nobody offers it, they take the whole.
cheaper() {
    command -v chromium-headless-shell >/dev/null || ! apt-cache show chromium-headless-shell >/dev/null 2>&1 || echo chromium-headless-shell
}

mapfile -t packages < <(missing; cheaper)
[ ${#packages[@]} -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || true
    mapfile -t packages < <(missing; cheaper)
    echo "installing ${packages[*]} for the tests"
    # Nothing that comes with a service is started by it: the tests start their own, on ports of their own.
    RUNLEVEL=1 apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null || true
fi
mapfile -t packages < <(missing)
if [ ${#packages[@]} -gt 0 ]; then
    echo "tests of the browser, of PostgreSQL, of PDF files, of Prometheus, of systemd or of DICOM servers are left out: ${packages[*]} missing (Debian: apt-get install ${packages[*]})" >&2
fi
