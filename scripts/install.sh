#!/bin/sh
# Makes .venv, or completes a half-made one; does nothing when it is up to date. "install.sh dev" adds what the tests need.
# PYTHON names another Python, TORCH_INDEX an index for torch alone (such as one with builds for a GPU).
set -eu
cd "$(dirname "$0")/.."

extra=${1:-}
venv=.venv
stamp=$venv/installed${extra:+-$extra}

version() { "$1" -c 'import sys; print(".".join(map(str, sys.version_info[:3])))' 2>/dev/null || true; }
# Contents, not times, which a fresh clone changes; and the place, which an environment cannot leave.
wanted() { { cat pyproject.toml constraints.txt scripts/install.sh; echo "$1"; pwd -P; } | cksum; }
is_up_to_date() { [ "$have" = "$1" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(wanted "$1")" ]; }
is_whole() { grep -qF "$(pwd -P)/$venv" $venv/bin/activate 2>/dev/null && pip --version >/dev/null 2>&1; }
# A build's warnings are for its author.
pip() { PYTHONWARNINGS=ignore $venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }

have=$(version $venv/bin/python)
if [ -z "${PYTHON:-}" ] && [ -n "$have" ] && is_up_to_date "$have"; then exit 0; fi
python=$(sh scripts/check.sh)
now=$(version "$python")
if is_up_to_date "$now"; then exit 0; fi
rm -f $venv/installed*

echo "1/4 Python environment (.venv, Python $now)" >&2
if [ "$have" != "$now" ] || ! is_whole; then "$python" -m venv --clear $venv; fi

echo "2/4 torch" >&2
pip install -q -c constraints.txt ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch

echo "3/4 llama-cpp-python: the first time it is built from source, about 4 minutes on two cores" >&2
pip install -q -c constraints.txt llama-cpp-python

echo "4/4 Coursemate and the rest" >&2
pip install -q -c constraints.txt -e ".${extra:+[$extra]}"

# What the tests need includes all that a run needs.
for name in installed ${extra:+"installed-$extra"}; do wanted "$now" > "$venv/$name"; done
