#!/bin/sh
# What can be tried of TPUs without one: torch_tpu installs and selecting it says that there is no TPU; the step
# programs of 512x512 config-F, lowered by torch_xla, compile for v3, v5e and v6e. Arguments go to lower.py.
# Environments: .venv-torch-tpu 1.9 GB, .venv-xla 7.5 GB, .venv-tpu 1.3 GB. A program takes minutes to compile, 15 are
# compiled; what was compiled is kept in out/tpu, so an interrupted call goes on where it was.
set -eu
cd "$(dirname "$0")/../.."
export PYTHONPATH=.
interpreter=${PYTHON:-python3}
if [ ! -e .venv-torch-tpu/.installed ]; then
    "$interpreter" -m venv .venv-torch-tpu
    .venv-torch-tpu/bin/python -m pip install --disable-pip-version-check torch==2.13.0 torch_tpu==0.2.0 numpy \
        pytest==9.2.0 pytest-asyncio==1.5.0 pytest-timeout==2.4.0
    touch .venv-torch-tpu/.installed
fi
TPU_SKIP_MDS_QUERY=1 .venv-torch-tpu/bin/python -m pytest tests/tpu

sh tests/xla/environment.sh
if [ ! -e .venv-tpu/.installed ]; then
    "$interpreter" -m venv .venv-tpu
    # jax 0.10.2 is the last for Python 3.11 and brings libtpu 0.0.42, which still compiles for v3.
    .venv-tpu/bin/python -m pip install --disable-pip-version-check 'jax[tpu]==0.10.2'
    touch .venv-tpu/.installed
fi
test -e out/tpu/EMA.stablehlo || PJRT_DEVICE=CPU .venv-xla/bin/python deploy/tpu/lower.py --out out/tpu "$@"
.venv-tpu/bin/python deploy/tpu/compile.py out/tpu
