# The image of every serving process: edge, records, studio, Ray with the Serve applications, bulk jobs. Holds mammoganesis/ and services/
# only: no torch, no training, no bundle (mounted at /bundle). Build from the repository's root:
#   docker build --file deploy/docker/serve.Dockerfile --tag mammoganesis/serve:0.1.0 .
# A release names the base by digest: --build-arg BASE=python@sha256:...
# For machines with a GPU (CUDA 13, driver 580 or later): --build-arg REQUIREMENTS=requirements-gpu.txt --tag mammoganesis/serve-gpu:0.1.0
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
RUN python -m venv /opt/venv /opt/build && /opt/build/bin/pip install --no-cache-dir hatchling==1.33.0
# Before the code: a change of code alone reuses this layer.
ARG REQUIREMENTS=requirements.txt
COPY deploy/docker/requirements.txt deploy/docker/requirements-gpu.txt /src/
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --requirement "/src/${REQUIREMENTS}"
COPY pyproject.toml README.md /src/
COPY mammoganesis /src/mammoganesis
COPY services /src/services
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /src/wheels /src \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --no-index /src/wheels/*.whl \
    && rm /opt/venv/bin/mammoganesis-training

FROM ${BASE}
# wget: KubeRay's readiness and liveness probes call it inside the Ray container. Pango and a font: reports as PDF. PostgreSQL's
# programs: backup and restore of records that are in one; Debian 12's are of version 15.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        wget libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 mammoganesis \
    && install --directory --owner 10001 --group 10001 /data /output \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin mammoganesis
COPY --from=build /opt/venv /opt/venv
COPY --chmod=0755 deploy/docker/healthcheck.py /usr/local/bin/healthcheck
COPY --chmod=0755 deploy/docker/ray-head.sh /usr/local/bin/ray-head
# The root file system may be read-only: everything that is written goes below /tmp, but for records' database, which goes to /data, and bulk jobs, which go to /output. Ray's settings are those of
# services/cluster/settings.py, which says why; tests/deploy compares them.
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    RAY_TMPDIR=/tmp/ray \
    RAY_USAGE_STATS_ENABLED=0 \
    RAY_AUTH_MODE=token \
    RAY_SERVE_ENABLE_HA_PROXY=1 \
    RAY_SERVE_THROUGHPUT_OPTIMIZED=1 \
    RAY_SERVE_REPLICA_GRPC_MAX_MESSAGE_LENGTH=2147483647 \
    RAY_SERVE_GRPC_MAX_MESSAGE_SIZE=67108864 \
    RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S=1 \
    RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S=2 \
    RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S=5 \
    RAY_SERVE_HAPROXY_H2_FE_MAX_CONCURRENT_STREAMS=1000 \
    RAY_SERVE_HAPROXY_H2_BE_MAX_CONCURRENT_STREAMS=1 \
    RAY_SERVE_HAPROXY_H2_FE_INITIAL_WINDOW_SIZE=1048576 \
    RAY_SERVE_HAPROXY_H2_BE_INITIAL_WINDOW_SIZE=1048576 \
    RAY_SERVE_HAPROXY_NBTHREAD=2 \
    RAY_SERVE_HAPROXY_HEALTH_CHECK_INTER=1s \
    RAY_SERVE_HAPROXY_TIMEOUT_CLIENT_S=86400 \
    RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S=86400 \
    RAY_SERVE_PORT_QUARANTINE_S=150 \
    RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S=30 \
    RAY_SERVE_CONTROL_LOOP_INTERVAL_S=0.25 \
    RAY_DEDUP_LOGS=0 \
    RAY_task_events_report_interval_ms=0 \
    RAY_SERVE_METRICS_EXPORT_INTERVAL_MS=5000 \
    REPORTER_UPDATE_INTERVAL_MS=10000 \
    SCAN_EVENT_DIR_INTERVAL_SECONDS=60 \
    EVENT_AGENT_REPORT_INTERVAL_SECONDS=10 \
    RAY_LOG_MONITOR_MANY_FILES_THRESHOLD=0 \
    LOG_NAME_UPDATE_INTERVAL_S=2 \
    RAY_ROTATION_MAX_BYTES=16777216 \
    RAY_ROTATION_BACKUP_COUNT=2 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MAMMOGANESIS_BUNDLE=/bundle \
    MAMMOGANESIS_RECORDS_FOLDER=/data \
    MAMMOGANESIS_BULK_DESTINATIONS=/output
USER 10001:10001
WORKDIR /srv
EXPOSE 50051
HEALTHCHECK --interval=5s --timeout=5s --start-period=120s --retries=3 CMD ["healthcheck", "grpc", "127.0.0.1:50051"]
CMD ["python", "-m", "services.edge"]
