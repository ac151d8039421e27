#!/bin/sh
# Brings axe-core, with which the browser's tests check accessibility, where there is npm. Without it those tests say that they skip.
set -eu
cd "$(dirname "$0")/../widget"
[ -f node_modules/axe-core/axe.min.js ] && exit 0
command -v npm >/dev/null 2>&1 || exit 0
npm ci --no-fund --no-audit --silent || echo "axe-core could not be fetched; accessibility is not checked." >&2
