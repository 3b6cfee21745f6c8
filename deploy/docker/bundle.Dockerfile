# A bundle as an image, so that it is versioned, pulled and rolled out like the code. Run, it copies itself to /target:
# Kubernetes does so in an init container. The build context is the bundle's folder:
#   docker build --file deploy/docker/bundle.Dockerfile --tag mammoganesis/bundle:demo deploy/bundles/demo
ARG BASE=busybox:1.37.0
FROM ${BASE}
COPY . /bundle
USER 10001:10001
HEALTHCHECK NONE
CMD ["cp", "-r", "/bundle/.", "/target/"]
