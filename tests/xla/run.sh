#!/bin/sh
# Run tests/xla twice on the CPU backend of torch_xla: on one device, and spread over four virtual devices.
set -eu
cd "$(dirname "$0")/../.."
sh tests/xla/environment.sh
export PJRT_DEVICE=CPU PYTHONPATH=.
# The programs run for milliseconds: compile them quickly rather than well.
export XLA_FLAGS="--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
for devices in 1 4; do
    echo "torch_xla on $devices CPU device(s)"
    CPU_NUM_DEVICES=$devices .venv-xla/bin/python -m pytest tests/xla "$@"
done
