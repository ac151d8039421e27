#!/bin/sh
# Prints the Python to build with: $PYTHON if it is set, else the first of the usual names that is 3.11 or newer.
# Where something is missing it prints one line that says what to install, and fails. "check.sh python" looks for
# Python only; "check.sh" looks for what builds llama-cpp-python too.
set -eu

fail() {
    if command -v apt-get >/dev/null 2>&1; then
        packages='sudo apt install python3 python3-venv g++ cmake (Ubuntu 22.04: python3.11 python3.11-venv g++ cmake)'
    elif command -v dnf >/dev/null 2>&1; then
        packages='sudo dnf install python3 gcc-c++ cmake'
    elif [ "$(uname)" = Darwin ]; then
        packages='xcode-select --install; brew install python cmake'
    else
        packages='Python 3.11 or newer with venv, a C++ compiler and cmake'
    fi
    echo "$1 Install: $packages" >&2
    exit 1
}

is_new() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

python=${PYTHON:-}
if [ -n "$python" ]; then
    is_new "$python" || fail "PYTHON=$python is not a Python 3.11 or newer."
else
    for name in python3.13 python3.12 python3.11 python3 python; do
        if is_new "$name"; then python=$name; break; fi
    done
    [ -n "$python" ] || fail "There is no Python 3.11 or newer here."
fi
"$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || fail "$python comes without venv."

if [ "${1:-}" != python ]; then
    compiler=
    for name in ${CXX:+"$CXX"} c++ g++ clang++; do
        if command -v "$name" >/dev/null 2>&1; then compiler=$name; break; fi
    done
    [ -n "$compiler" ] || fail "There is no C++ compiler here."
    command -v cmake >/dev/null 2>&1 || fail "There is no cmake here."
fi
echo "$python"
