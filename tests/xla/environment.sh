#!/bin/sh
# Build .venv-xla: torch 2.9.1 with torch_xla 2.9.0, and what else the training needs. 7.5 GB, 3 to 6 minutes.
# Most of it are CUDA libraries that torch's wheel on PyPI wants to see. PYTHON chooses the interpreter, 3.11 or later.
set -eu
cd "$(dirname "$0")/../.."
environment=.venv-xla
python=$environment/bin/python
if [ -n "$(find "$environment/.installed" -newer pyproject.toml -newer tests/xla/environment.sh 2>/dev/null)" ]; then
    exit 0
fi
free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1048576) }')
if [ ! -x "$python" ] && [ "$free" -lt 16 ]; then
    echo "$environment and its downloads need 16 GiB; $free GiB are free here" >&2
    exit 1
fi
test -x "$python" || "${PYTHON:-python3}" -m venv "$environment"
requirements=$("$python" - <<'END'
import tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
wanted = project["dependencies"] + project["optional-dependencies"]["train"]
tests = [line for line in project["optional-dependencies"]["dev"] if line.startswith("pytest")]
print("\n".join(line.replace(" ", "") for line in wanted + tests if not line.startswith("torch=")))
END
)
# shellcheck disable=SC2086 # one word per requirement
"$python" -m pip install --disable-pip-version-check torch==2.9.1 torch_xla==2.9.0 $requirements
touch "$environment/.installed"
