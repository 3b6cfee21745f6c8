"""The lines by which the cluster's process says how far it is; the launcher reads them in its output."""

RAY = "Ray is up"
SERVE = "Ray Serve is up"
READY = "the applications are up"
STEPS = (RAY, SERVE, READY)
